/*
 * The contract between the core and an engine, as it stands since kv_engine 50dd3c130: every slot, in order, with
 * kv_engine's names and types (include/memcached/engine.h, dcp.h and collections.h there). The words are this project's.
 * It declares slots only: the types in them come from the engine's own include path, or from fixtures/include.
 */
#pragma once

#include <memcached/engine_types.h>

/* Takes one statistic: a name and a value, neither of them terminated. */
typedef void (*ADD_STAT)(const char* key,
                         const uint16_t klen,
                         const char* val,
                         const uint32_t vlen,
                         const void* cookie);

/* Sends a whole response; false where it could not be queued. */
typedef bool (*ADD_RESPONSE)(const void* key,
                             uint16_t keylen,
                             const void* ext,
                             uint8_t extlen,
                             const void* body,
                             uint32_t bodylen,
                             uint8_t datatype,
                             uint16_t status,
                             uint64_t cas,
                             const void* cookie);

/* Takes a failover log of nentries entries, the newest first. */
typedef ENGINE_ERROR_CODE (*dcp_add_failover_log)(vbucket_failover_t*, size_t nentries, const void* cookie);

/* What step() sends with. The core fills every slot; an item that is passed is the core's from then on. */
struct dcp_message_producers {
    ENGINE_ERROR_CODE (*get_failover_log)(const void* cookie, uint32_t opaque, uint16_t vbucket);

    ENGINE_ERROR_CODE (*stream_req)(const void* cookie,
                                    uint32_t opaque,
                                    uint16_t vbucket,
                                    uint32_t flags,
                                    uint64_t start_seqno,
                                    uint64_t end_seqno,
                                    uint64_t vbucket_uuid,
                                    uint64_t snap_start_seqno,
                                    uint64_t snap_end_seqno);

    ENGINE_ERROR_CODE (*add_stream_rsp)(const void* cookie, uint32_t opaque, uint32_t stream_opaque, uint8_t status);

    ENGINE_ERROR_CODE (*marker_rsp)(const void* cookie, uint32_t opaque, uint8_t status);

    ENGINE_ERROR_CODE (*set_vbucket_state_rsp)(const void* cookie, uint32_t opaque, uint8_t status);

    ENGINE_ERROR_CODE (*stream_end)(const void* cookie, uint32_t opaque, uint16_t vbucket, uint32_t flags);

    ENGINE_ERROR_CODE (*marker)(const void* cookie,
                                uint32_t opaque,
                                uint16_t vbucket,
                                uint64_t start_seqno,
                                uint64_t end_seqno,
                                uint32_t flags);

    ENGINE_ERROR_CODE (*mutation)(const void* cookie,
                                  uint32_t opaque,
                                  item* itm,
                                  uint16_t vbucket,
                                  uint64_t by_seqno,
                                  uint64_t rev_seqno,
                                  uint32_t lock_time,
                                  const void* meta,
                                  uint16_t nmeta,
                                  uint8_t nru,
                                  uint8_t collection_len);

    ENGINE_ERROR_CODE (*deletion)(const void* cookie,
                                  uint32_t opaque,
                                  item* itm,
                                  uint16_t vbucket,
                                  uint64_t by_seqno,
                                  uint64_t rev_seqno,
                                  const void* meta,
                                  uint16_t nmeta,
                                  uint8_t collection_len);

    ENGINE_ERROR_CODE (*expiration)(const void* cookie,
                                    uint32_t opaque,
                                    item* itm,
                                    uint16_t vbucket,
                                    uint64_t by_seqno,
                                    uint64_t rev_seqno,
                                    const void* meta,
                                    uint16_t nmeta,
                                    uint8_t collection_len);

    ENGINE_ERROR_CODE (*flush)(const void* cookie, uint32_t opaque, uint16_t vbucket);

    ENGINE_ERROR_CODE (*set_vbucket_state)(const void* cookie,
                                           uint32_t opaque,
                                           uint16_t vbucket,
                                           vbucket_state_t state);

    ENGINE_ERROR_CODE (*noop)(const void* cookie, uint32_t opaque);

    ENGINE_ERROR_CODE (*buffer_acknowledgement)(const void* cookie,
                                                uint32_t opaque,
                                                uint16_t vbucket,
                                                uint32_t buffer_bytes);

    ENGINE_ERROR_CODE (*control)(const void* cookie,
                                 uint32_t opaque,
                                 const void* key,
                                 uint16_t nkey,
                                 const void* value,
                                 uint32_t nvalue);

    ENGINE_ERROR_CODE (*system_event)(const void* cookie,
                                      uint32_t opaque,
                                      uint16_t vbucket,
                                      mcbp::systemevent::id event,
                                      uint64_t bySeqno,
                                      cb::const_byte_buffer key,
                                      cb::const_byte_buffer eventData);
};

/* Replication. The core asks for each slot on its own: one that is null answers ENGINE_ENOTSUP. */
struct dcp_interface {
    ENGINE_ERROR_CODE (*step)(ENGINE_HANDLE* handle, const void* cookie, struct dcp_message_producers* producers);

    ENGINE_ERROR_CODE (*open)(ENGINE_HANDLE* handle,
                              const void* cookie,
                              uint32_t opaque,
                              uint32_t seqno,
                              uint32_t flags,
                              cb::const_char_buffer name,
                              cb::const_byte_buffer jsonExtras);

    ENGINE_ERROR_CODE (*add_stream)(ENGINE_HANDLE* handle,
                                    const void* cookie,
                                    uint32_t opaque,
                                    uint16_t vbucket,
                                    uint32_t flags);

    ENGINE_ERROR_CODE (*close_stream)(ENGINE_HANDLE* handle, const void* cookie, uint32_t opaque, uint16_t vbucket);

    /* With ENGINE_ROLLBACK, *rollback_seqno is where to go back to. */
    ENGINE_ERROR_CODE (*stream_req)(ENGINE_HANDLE* handle,
                                    const void* cookie,
                                    uint32_t flags,
                                    uint32_t opaque,
                                    uint16_t vbucket,
                                    uint64_t start_seqno,
                                    uint64_t end_seqno,
                                    uint64_t vbucket_uuid,
                                    uint64_t snap_start_seqno,
                                    uint64_t snap_end_seqno,
                                    uint64_t* rollback_seqno,
                                    dcp_add_failover_log callback);

    ENGINE_ERROR_CODE (*get_failover_log)(ENGINE_HANDLE* handle,
                                          const void* cookie,
                                          uint32_t opaque,
                                          uint16_t vbucket,
                                          dcp_add_failover_log callback);

    ENGINE_ERROR_CODE (*stream_end)(ENGINE_HANDLE* handle,
                                    const void* cookie,
                                    uint32_t opaque,
                                    uint16_t vbucket,
                                    uint32_t flags);

    ENGINE_ERROR_CODE (*snapshot_marker)(ENGINE_HANDLE* handle,
                                         const void* cookie,
                                         uint32_t opaque,
                                         uint16_t vbucket,
                                         uint64_t start_seqno,
                                         uint64_t end_seqno,
                                         uint32_t flags);

    ENGINE_ERROR_CODE (*mutation)(ENGINE_HANDLE* handle,
                                  const void* cookie,
                                  uint32_t opaque,
                                  const DocKey& key,
                                  cb::const_byte_buffer value,
                                  size_t priv_bytes,
                                  uint8_t datatype,
                                  uint64_t cas,
                                  uint16_t vbucket,
                                  uint32_t flags,
                                  uint64_t by_seqno,
                                  uint64_t rev_seqno,
                                  uint32_t expiration,
                                  uint32_t lock_time,
                                  cb::const_byte_buffer meta,
                                  uint8_t nru);

    ENGINE_ERROR_CODE (*deletion)(ENGINE_HANDLE* handle,
                                  const void* cookie,
                                  uint32_t opaque,
                                  const DocKey& key,
                                  cb::const_byte_buffer value,
                                  size_t priv_bytes,
                                  uint8_t datatype,
                                  uint64_t cas,
                                  uint16_t vbucket,
                                  uint64_t by_seqno,
                                  uint64_t rev_seqno,
                                  cb::const_byte_buffer meta);

    ENGINE_ERROR_CODE (*expiration)(ENGINE_HANDLE* handle,
                                    const void* cookie,
                                    uint32_t opaque,
                                    const DocKey& key,
                                    cb::const_byte_buffer value,
                                    size_t priv_bytes,
                                    uint8_t datatype,
                                    uint64_t cas,
                                    uint16_t vbucket,
                                    uint64_t by_seqno,
                                    uint64_t rev_seqno,
                                    cb::const_byte_buffer meta);

    ENGINE_ERROR_CODE (*flush)(ENGINE_HANDLE* handle, const void* cookie, uint32_t opaque, uint16_t vbucket);

    ENGINE_ERROR_CODE (*set_vbucket_state)(ENGINE_HANDLE* handle,
                                           const void* cookie,
                                           uint32_t opaque,
                                           uint16_t vbucket,
                                           vbucket_state_t state);

    ENGINE_ERROR_CODE (*noop)(ENGINE_HANDLE* handle, const void* cookie, uint32_t opaque);

    ENGINE_ERROR_CODE (*buffer_acknowledgement)(ENGINE_HANDLE* handle,
                                                const void* cookie,
                                                uint32_t opaque,
                                                uint16_t vbucket,
                                                uint32_t buffer_bytes);

    ENGINE_ERROR_CODE (*control)(ENGINE_HANDLE* handle,
                                 const void* cookie,
                                 uint32_t opaque,
                                 const void* key,
                                 uint16_t nkey,
                                 const void* value,
                                 uint32_t nvalue);

    /* The other side's response. The packet lies in the core's receive buffer and is not the engine's to change. */
    ENGINE_ERROR_CODE (*response_handler)(ENGINE_HANDLE* handle,
                                          const void* cookie,
                                          const protocol_binary_response_header* response);

    ENGINE_ERROR_CODE (*system_event)(ENGINE_HANDLE* handle,
                                      const void* cookie,
                                      uint32_t opaque,
                                      uint16_t vbucket,
                                      mcbp::systemevent::id event,
                                      uint64_t bySeqno,
                                      cb::const_byte_buffer key,
                                      cb::const_byte_buffer eventData);
};

/* Collections: the manifest is a JSON text. */
struct collections_interface {
    cb::engine_error (*set_manifest)(ENGINE_HANDLE* handle, cb::const_char_buffer json);
};

/* The engine itself. Its address is the handle that every slot gets first. */
typedef struct engine_interface_v1 {
    /* Version 1. */
    struct engine_interface interface;

    const engine_info* (*get_info)(ENGINE_HANDLE* handle);

    ENGINE_ERROR_CODE (*initialize)(ENGINE_HANDLE* handle, const char* config_str);

    void (*destroy)(ENGINE_HANDLE* handle, const bool force);

    cb::EngineErrorItemPair (*allocate)(ENGINE_HANDLE* handle,
                                        const void* cookie,
                                        const DocKey& key,
                                        const size_t nbytes,
                                        const int flags,
                                        const rel_time_t exptime,
                                        uint8_t datatype,
                                        uint16_t vbucket);

    std::pair<cb::unique_item_ptr, item_info> (*allocate_ex)(ENGINE_HANDLE* handle,
                                                             const void* cookie,
                                                             const DocKey& key,
                                                             const size_t nbytes,
                                                             const size_t priv_nbytes,
                                                             const int flags,
                                                             const rel_time_t exptime,
                                                             uint8_t datatype,
                                                             uint16_t vbucket);

    ENGINE_ERROR_CODE (*remove)(ENGINE_HANDLE* handle,
                                const void* cookie,
                                const DocKey& key,
                                uint64_t* cas,
                                uint16_t vbucket,
                                mutation_descr_t* mut_info);

    void (*release)(ENGINE_HANDLE* handle, const void* cookie, item* item);

    cb::EngineErrorItemPair (*get)(ENGINE_HANDLE* handle,
                                   const void* cookie,
                                   const DocKey& key,
                                   uint16_t vbucket,
                                   DocStateFilter documentStateFilter);

    cb::EngineErrorMetadataPair (*get_meta)(ENGINE_HANDLE* handle,
                                            const void* cookie,
                                            const DocKey& key,
                                            uint16_t vbucket);

    cb::EngineErrorItemPair (*get_if)(ENGINE_HANDLE* handle,
                                      const void* cookie,
                                      const DocKey& key,
                                      uint16_t vbucket,
                                      std::function<bool(const item_info&)> filter);

    cb::EngineErrorItemPair (*get_locked)(ENGINE_HANDLE* handle,
                                          const void* cookie,
                                          const DocKey& key,
                                          uint16_t vbucket,
                                          uint32_t lock_timeout);

    cb::EngineErrorItemPair (*get_and_touch)(ENGINE_HANDLE* handle,
                                             const void* cookie,
                                             const DocKey& key,
                                             uint16_t vbucket,
                                             uint32_t expirytime);

    ENGINE_ERROR_CODE (*unlock)(ENGINE_HANDLE* handle,
                                const void* cookie,
                                const DocKey& key,
                                uint16_t vbucket,
                                uint64_t cas);

    ENGINE_ERROR_CODE (*store)(ENGINE_HANDLE* handle,
                               const void* cookie,
                               item* item,
                               uint64_t* cas,
                               ENGINE_STORE_OPERATION operation,
                               DocumentState document_state);

    cb::EngineErrorCasPair (*store_if)(ENGINE_HANDLE* handle,
                                       const void* cookie,
                                       item* item,
                                       uint64_t cas,
                                       ENGINE_STORE_OPERATION operation,
                                       cb::StoreIfPredicate predicate,
                                       DocumentState document_state);

    ENGINE_ERROR_CODE (*flush)(ENGINE_HANDLE* handle, const void* cookie);

    ENGINE_ERROR_CODE (*get_stats)(ENGINE_HANDLE* handle,
                                   const void* cookie,
                                   const char* stat_key,
                                   int nkey,
                                   ADD_STAT add_stat);

    void (*reset_stats)(ENGINE_HANDLE* handle, const void* cookie);

    ENGINE_ERROR_CODE (*unknown_command)(ENGINE_HANDLE* handle,
                                         const void* cookie,
                                         protocol_binary_request_header* request,
                                         ADD_RESPONSE response,
                                         DocNamespace doc_namespace);

    void (*item_set_cas)(ENGINE_HANDLE* handle, const void* cookie, item* item, uint64_t cas);

    bool (*get_item_info)(ENGINE_HANDLE* handle, const void* cookie, const item* item, item_info* item_info);

    bool (*set_item_info)(ENGINE_HANDLE* handle, const void* cookie, item* item, const item_info* itm_info);

    struct dcp_interface dcp;

    void (*set_log_level)(ENGINE_HANDLE* handle, EXTENSION_LOG_LEVEL level);

    collections_interface collections;

    bool (*isXattrEnabled)(ENGINE_HANDLE* handle);
} ENGINE_HANDLE_V1;
