#include "tests/contract/plugin_loaded.h"

#include <array>
#include <dlfcn.h>

namespace fusiond::test {
namespace {

std::string text_of(fusiond_bytes bytes) {
  return {bytes.data == nullptr ? "" : bytes.data, bytes.size};
}

PluginAnswer& answer_of(void* context) {
  return *static_cast<PluginAnswer*>(context);
}

}  // namespace

std::map<std::string, int> PluginAnswer::reject_reasons() const {
  std::map<std::string, int> out;
  for (const auto& reject : rejects) {
    ++out[reject.reason];
  }
  return out;
}

std::size_t PluginAnswer::parts() const {
  std::size_t sum = events.size() + rejects.size();
  for (const auto& [reason, count] : skips) {
    sum += static_cast<std::size_t>(count);
  }
  return sum;
}

LoadedPlugin::LoadedPlugin(const std::string& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    error_ = dlerror();
    return;
  }
  const auto entry =
      reinterpret_cast<fusiond_plugin_entry_fn>(dlsym(library, FUSIOND_PLUGIN_ENTRY));
  if (entry == nullptr) {
    error_ = file + " has no " FUSIOND_PLUGIN_ENTRY;
    return;
  }
  plugin_ = entry();
}

PluginInstance::PluginInstance(const LoadedPlugin& plugin, std::string_view settings_json)
    : plugin_(plugin) {
  std::array<char, 65536> error{};
  instance_ =
      plugin->create({settings_json.data(), settings_json.size()}, error.data(), error.size());
  error_ = error.data();
}

PluginInstance::~PluginInstance() {
  if (instance_ != nullptr) {
    plugin_->destroy(instance_);
  }
}

PluginAnswer PluginInstance::parse(std::string_view body) const {
  PluginAnswer out;
  fusiond_delivery delivery{};
  delivery.abi = FUSIOND_PLUGIN_ABI;
  delivery.size = sizeof(delivery);
  delivery.body = {body.data(), body.size()};
  delivery.received_us = 1'935'784'800'000'000;
  fusiond_sink sink{};
  sink.abi = FUSIOND_PLUGIN_ABI;
  sink.size = sizeof(sink);
  sink.context = &out;
  sink.event = [](void* context, fusiond_bytes event, fusiond_bytes original,
                  fusiond_bytes position) {
    answer_of(context).events.push_back({text_of(event), text_of(original), text_of(position), ""});
  };
  sink.reject = [](void* context, fusiond_bytes reason, fusiond_bytes detail,
                   fusiond_bytes original, fusiond_bytes position) {
    answer_of(context).rejects.push_back(
        {text_of(detail), text_of(original), text_of(position), text_of(reason)});
  };
  sink.skip = [](void* context, fusiond_bytes reason) {
    ++answer_of(context).skips[text_of(reason)];
  };
  out.code = plugin_->parse(instance_, &delivery, &sink);
  return out;
}

}  // namespace fusiond::test
