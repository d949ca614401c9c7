// The hostile plugin from a test's side: where it is, and how its hanging threads are let go.
#pragma once

#include <dlfcn.h>
#include <string>

#include "daemon/base/check.h"

namespace fusiond::test {

inline std::string plugin_dir() {
  return FUSIOND_TEST_PLUGINS;
}

inline void call_hostile(const char* symbol) {
  void* handle = dlopen((plugin_dir() + "/fusiond_hostile.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  FUSIOND_CHECK(handle != nullptr, "the hostile plugin is built with the tests");
  reinterpret_cast<void (*)()>(dlsym(handle, symbol))();
}

// While it lives the plugin hangs when told to; then every hang ends.
class HangScope {
 public:
  HangScope() { call_hostile("hostile_hang_again"); }
  ~HangScope() { call_hostile("hostile_release"); }
  HangScope(const HangScope&) = delete;
  HangScope& operator=(const HangScope&) = delete;
};

}  // namespace fusiond::test
