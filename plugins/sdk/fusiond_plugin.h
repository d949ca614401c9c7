/* The C ABI between fusiond and its ingest plugins. Only bytes cross: plugins may be built by
 * others, with other compilers and protobuf copies. Every struct starts with `abi` and `size`;
 * fields are only appended. Nothing may be thrown across.
 *
 * A plugin turns one delivery (a poll's body, a webhook's body, a line of a file) into events:
 * pure, no I/O, no clock. The host owns the transports, stamps, checks, enriches and counts. An
 * instance is used by one thread at a time. */
#ifndef FUSIOND_PLUGIN_H
#define FUSIOND_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FUSIOND_PLUGIN_ABI 1u

/* Borrowed for the time of the call. UTF-8 where it is text; not terminated. */
typedef struct fusiond_bytes {
  const char* data;
  size_t size;
} fusiond_bytes;

typedef struct fusiond_delivery {
  uint32_t abi;
  uint32_t size;
  fusiond_bytes body;
  fusiond_bytes content_type; /* as the transport saw it, or empty */
  int64_t received_us;        /* ingest time, microseconds since 1970 UTC */
} fusiond_delivery;

/* Where a plugin puts what it made; valid for the time of the parse call. */
typedef struct fusiond_sink {
  uint32_t abi;
  uint32_t size;
  void* context;
  /* A serialised fusiond.v1.Event without what intake fills in (id, event_id, times.received,
   * lateness, our kind), the bytes it was made from, and where in the delivery they stood ("row 3",
   * "line 1"). */
  void (*event)(void* context, fusiond_bytes event, fusiond_bytes original, fusiond_bytes position);
  /* A part that could not become an event. `reason` is a short snake_case name that becomes a
   * metric label ("truncated", "wrong_type", "no_id", "unknown_type", "bad_time", "invalid_utf8");
   * `detail` says what and where. */
  void (*reject)(void* context, fusiond_bytes reason, fusiond_bytes detail, fusiond_bytes original,
                 fusiond_bytes position);
  /* A part that is no report and is rightly left out (a null row, a heartbeat, an account event);
   * counted under `reason`, not kept. */
  void (*skip)(void* context, fusiond_bytes reason);
} fusiond_sink;

typedef struct fusiond_plugin {
  uint32_t abi;
  uint32_t size;
  const char* kind;    /* "cad_poll" */
  const char* version; /* "1.0.0" */
  /* Makes an instance from the source's settings, a JSON object. NULL on a wrong setting; then
   * `error` holds lines "<json pointer>: <what>", terminated, all faults at once. */
  void* (*create)(fusiond_bytes settings_json, char* error, size_t error_size);
  /* 0 when the delivery was dealt with, whatever it held; else the instance is broken and the whole
   * delivery goes to the dead letters. */
  int (*parse)(void* instance, const fusiond_delivery* delivery, const fusiond_sink* sink);
  void (*destroy)(void* instance);
} fusiond_plugin;

/* The one symbol that the host looks up. */
typedef const fusiond_plugin* (*fusiond_plugin_entry_fn)(void);
#define FUSIOND_PLUGIN_ENTRY "fusiond_plugin_entry"

#ifdef __cplusplus
}
#endif
#endif
