// Errors as values: our code returns Result<T> and does not throw; library exceptions are caught in
// the adapter that called.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace fusiond {

// What the caller does about it.
enum class Fault : std::uint8_t {
  bad_input,    // the sender's: count, quarantine, go on
  bad_config,   // the operator's: refuse to start, list every fault
  unavailable,  // the world's: retry with backoff and jitter, show in health
  overloaded,   // ours: push back, or drop by the stated policy and count
  corrupt,      // state cannot be trusted: stop this shard, keep the bytes, call a person
};

constexpr std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::bad_input:
      return "bad_input";
    case Fault::bad_config:
      return "bad_config";
    case Fault::unavailable:
      return "unavailable";
    case Fault::overloaded:
      return "overloaded";
    case Fault::corrupt:
      return "corrupt";
  }
  return "unknown";
}

struct Error {
  Fault fault = Fault::bad_input;
  std::string message;  // what failed, then the value, last

  // The same error as seen one level up: "loading config: radius_m must be above 0, got: -1".
  [[nodiscard]] Error within(std::string_view context) const {
    return {fault, std::string(context) + ": " + message};
  }
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> fail(Fault fault, std::string message) {
  return std::unexpected<Error>(Error{fault, std::move(message)});
}
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

}  // namespace fusiond
