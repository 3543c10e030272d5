// When an engine does what it put off. Tests bring a schedule of their own.

/** Runs a task once, later, outside of the current call. */
export type Schedule = (task: () => void) => void;

/** After the current turn of the event loop. */
export const onNextTurn: Schedule = (task) => {
  setImmediate(task);
};
