// Any bytes as the settings of each plugin: refused with a fault per line, or good.
#include "plugins/acoustic/options.h"
#include "plugins/cad_poll/options.h"
#include "plugins/camera/options.h"
#include "plugins/social/options.h"
#include "tests/fuzz/plugin_parse_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fusiond;
  const std::string_view settings(reinterpret_cast<const char*>(data), size);
  const auto check = [](const auto& options) {
    FUSIOND_CHECK(options || options.error().find(": ") != std::string::npos,
                  "a fault has a pointer");
  };
  check(cad_poll::read_options(settings));
  check(acoustic::read_options(settings));
  check(camera::read_options(settings));
  check(social::read_options(settings));
  return 0;
}
