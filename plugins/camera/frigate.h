// Frigate's messages: events and reviews with their whole state before and after, and updates to
// tracked objects.
#pragma once

#include "plugins/camera/detection.h"

namespace fusiond::camera {

// {"type": new | update | end, "before": {…}, "after": {…}}, or the bare object as the HTTP API
// lists it.
[[nodiscard]] Outcome read_frigate_event(const Options& options, sdk::Json message);
// The same envelope; the state holds `severity` and `data.detections`.
[[nodiscard]] Outcome read_frigate_review(const Options& options, sdk::Json message);
// {"type": description | face | lpr | classification, "id": …}
[[nodiscard]] Outcome read_frigate_update(const Options& options, sdk::Json message);

}  // namespace fusiond::camera
