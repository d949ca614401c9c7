// The one header a plugin's author includes: derive from Source, end the file with FUSIOND_PLUGIN.
// Exceptions stop at the wrapper.
#pragma once

#include <cstdint>
#include <cstring>
#include <exception>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "fusiond/v1/event.pb.h"
#include "plugins/sdk/fusiond_plugin.h"

namespace fusiond::sdk {

struct Delivery {
  std::string_view body;
  std::string_view content_type;
  std::int64_t received_us = 0;
};

// What `parse` answers with; each call is one part of the delivery.
class Emitter {
 public:
  virtual ~Emitter() = default;
  virtual void event(const v1::Event& event, std::string_view original,
                     std::string_view position) = 0;
  virtual void reject(std::string_view reason, std::string_view detail, std::string_view original,
                      std::string_view position) = 0;
  virtual void skip(std::string_view reason) = 0;
};

// Besides parse(), a plugin class has
//   static std::expected<std::unique_ptr<T>, std::string> make(std::string_view settings_json);
// whose error holds one line "<json pointer>: <what>" per fault.
class Source {
 public:
  virtual ~Source() = default;
  virtual void parse(const Delivery& delivery, Emitter& out) = 0;
};

namespace detail {

inline fusiond_bytes bytes(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view view(fusiond_bytes bytes) {
  return {bytes.data == nullptr ? "" : bytes.data, bytes.data == nullptr ? 0 : bytes.size};
}

class SinkEmitter final : public Emitter {
 public:
  explicit SinkEmitter(const fusiond_sink& sink) : sink_(sink) {}
  void event(const v1::Event& event, std::string_view original,
             std::string_view position) override {
    buffer_.clear();
    google::protobuf::io::StringOutputStream stream(&buffer_);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(
        true);  // maps in key order: the same report must be the same bytes
    event.SerializeToCodedStream(&coded);
    coded.Trim();
    sink_.event(sink_.context, bytes(buffer_), bytes(original), bytes(position));
  }
  void reject(std::string_view reason, std::string_view detail, std::string_view original,
              std::string_view position) override {
    sink_.reject(sink_.context, bytes(reason), bytes(detail), bytes(original), bytes(position));
  }
  void skip(std::string_view reason) override { sink_.skip(sink_.context, bytes(reason)); }

 private:
  const fusiond_sink& sink_;
  std::string buffer_;
};

inline void copy_error(std::string_view text, char* error, std::size_t size) {
  if (error == nullptr || size == 0) {
    return;
  }
  const std::size_t n = text.size() < size - 1 ? text.size() : size - 1;
  std::memcpy(error, text.data(), n);
  error[n] = '\0';
}

template <class T>
void* create(fusiond_bytes settings, char* error, std::size_t error_size) {
  try {
    auto made = T::make(view(settings));
    if (made) {
      return static_cast<Source*>(made->release());
    }
    copy_error(made.error(), error, error_size);
  } catch (const std::exception& e) {
    copy_error(std::string(": ") + e.what(), error, error_size);
  } catch (...) {
    copy_error(": an unknown exception", error, error_size);
  }
  return nullptr;
}

inline int parse(void* instance, const fusiond_delivery* delivery, const fusiond_sink* sink) {
  try {
    SinkEmitter out(*sink);
    static_cast<Source*>(instance)->parse(
        {view(delivery->body), view(delivery->content_type), delivery->received_us}, out);
    return 0;
  } catch (...) {
    return 1;
  }
}

inline void destroy(void* instance) {
  delete static_cast<Source*>(instance);
}

}  // namespace detail
}  // namespace fusiond::sdk

#define FUSIOND_PLUGIN(kind_text, version_text, Class)                                          \
  extern "C" __attribute__((visibility("default"))) const fusiond_plugin* fusiond_plugin_entry( \
      void) {                                                                                   \
    static const fusiond_plugin plugin = {FUSIOND_PLUGIN_ABI,                                   \
                                          sizeof(fusiond_plugin),                               \
                                          kind_text,                                            \
                                          version_text,                                         \
                                          &fusiond::sdk::detail::create<Class>,                 \
                                          &fusiond::sdk::detail::parse,                         \
                                          &fusiond::sdk::detail::destroy};                      \
    return &plugin;                                                                             \
  }
