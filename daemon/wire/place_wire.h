// Location message → Place: any shape is reduced to a centre and the radius that covers it.
#pragma once

#include <optional>

#include "daemon/base/result.h"
#include "daemon/model/event.h"

namespace fusiond::v1 {
class Location;
}

namespace fusiond::wire {

// Nothing when there is no shape or the centre is 0/0. Errors: bad_input for coordinates out of
// range, poles, NaN, no radius. Order: a point, circle or ellipse, and any shape with `radius_m`
// filled, uses no function of libm but rounding, so every machine reads the same integers. Intake
// therefore fills radius_m, and turns an arc band into the circle this function gives.
Result<std::optional<Place>> place_from(const v1::Location& location);

// A circle that place_from reads back exactly.
void write_place(const Place& place, v1::Location& out);

}  // namespace fusiond::wire
