// Rules for tests over the kinds of small_association.
#pragma once

#include "daemon/rules/bundle.h"
#include "tests/support/seeded_rng.h"

namespace fusiond::support {

// One rule of each shape: support, oppose, then, absent, counts, zones, suppressions, routes.
rules::Bundle small_bundle();

// Up to four rules of parts drawn by chance. Every part refers to earlier ones only.
rules::Bundle random_bundle(SeededRng& rng);

}  // namespace fusiond::support
