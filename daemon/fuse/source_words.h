// The words that flat lines and their table of types use for sources and places, in ours.
#pragma once

#include <string_view>

#include "daemon/model/event.h"

namespace fusiond::fuse {

// "cad", "lpr", …; also our own names ("plate", "public_alert"). Unspecified when there is none.
SourceKind source_kind_of_word(std::string_view word);
// "phone", "cell_sector", "avl", …; unspecified when there is none.
LocationMethod method_of_word(std::string_view word);

}  // namespace fusiond::fuse
