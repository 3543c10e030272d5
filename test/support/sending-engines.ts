// Which engines of fixtures/engines send by themselves, each in its own way.

/** Their names. */
export const sendingEngines: readonly string[] = [
  'almanac-engine',
  'courier-engine',
  'gazette-engine',
  'glossary-engine',
  'harbour-engine',
  'ledger-engine',
  'report-engine',
  'tide-engine',
];
