#include "plugins/social/parse.h"

#include <array>

#include "plugins/social/platforms.h"
#include "plugins/social/sse.h"

namespace fusiond::social {
namespace {

using sdk::Json;

Reading read_stream_event(const Options& options, simdjson::dom::parser& parser,
                          std::string_view name, const sdk::Part& data) {
  if (name == "delete") {
    return data.complete ? read_delete(data.bytes)
                         : Reading{Refusal{"truncated", "the delivery ends within the id"}};
  }
  if (name != "update" && name != "status.update") {
    return Skip{"other_event"};
  }
  const auto status = sdk::parse_part(parser, data, options.max_part_bytes);
  if (!status) {
    return Refusal{status.error().reason, status.error().detail};
  }
  return read_status(*status, name == "update" ? Change::created : Change::edited);
}

Reading read_message(const Options& options, Session& session, Json message) {
  if (!message.is_object()) {
    return Refusal{"wrong_type",
                   "a message must be an object, is " + std::string(sdk::describe(message))};
  }
  if (is_jetstream(message)) {
    return read_jetstream(options, message);
  }
  const auto name = sdk::read_text(sdk::find(message, "event"));
  const auto payload = sdk::find(message, "payload");
  if (name && payload) {
    if (!payload->is_string() && !payload->is_int64() && !payload->is_uint64()) {
      return Refusal{"wrong_type",
                     "payload must be a text, is " + std::string(sdk::describe(payload))};
    }
    const auto text = sdk::read_text(payload).value;
    return read_stream_event(options, session.payload_parser, name.value, {text, 0, 0, true});
  }
  if (sdk::find(message, "content") && sdk::find(message, "account")) {
    return read_status(message, sdk::is_nothing(sdk::find(message, "edited_at")) ? Change::created
                                                                                 : Change::edited);
  }
  return Refusal{"unknown_message", "neither a Jetstream nor a Mastodon message"};
}

void emit(const Options& options, const Reading& reading, std::string_view bytes,
          const std::string& position, sdk::Emitter& out) {
  if (const auto* refusal = std::get_if<Refusal>(&reading)) {
    out.reject(refusal->reason, refusal->detail, bytes, position);
    return;
  }
  if (const auto* skip = std::get_if<Skip>(&reading)) {
    out.skip(skip->reason);
    return;
  }
  const auto outcome = judge(options, std::get<Post>(reading));
  if (const auto* event = std::get_if<v1::Event>(&outcome)) {
    // The bytes hold the author and the text: they go on only when the settings keep them.
    out.event(*event, options.keep_text ? bytes : std::string_view{}, position);
  } else {
    out.skip(std::get<Skip>(outcome).reason);
  }
}

void parse_stream(const Options& options, Session& session, std::string_view body,
                  sdk::Emitter& out) {
  for (const auto& event : read_event_stream(body)) {
    const auto position = sdk::position_of("event", event.number, event.offset);
    if (event.comment) {
      out.skip("heartbeat");
    } else if (!simdjson::validate_utf8(event.bytes.data(), event.bytes.size())) {
      out.reject("invalid_utf8", "not UTF-8 at byte " + std::to_string(event.offset), event.bytes,
                 position);
    } else if (event.data.empty()) {
      if (event.complete) {
        out.skip("no_data");
      } else {
        out.reject("truncated",
                   "the delivery ends within an event, which starts at byte " +
                       std::to_string(event.offset),
                   event.bytes, position);
      }
    } else {
      emit(options,
           read_stream_event(options, session.parser, event.name,
                             {event.data, event.offset, event.number, event.complete}),
           event.bytes, position, out);
    }
  }
}

void parse_messages(const Options& options, Session& session, std::string_view body,
                    sdk::Emitter& out) {
  constexpr std::array<std::string_view, 1> kRows = {"messages"};
  const auto split = sdk::split_json(body, kRows);
  if (split.parts.empty() && !split.broken) {
    out.skip("empty_delivery");
  }
  for (const auto& part : split.parts) {
    const auto position = sdk::position_of(split.unit, part.number, part.offset);
    const auto value = sdk::parse_part(session.parser, part, options.max_part_bytes);
    if (!value) {
      out.reject(value.error().reason, value.error().detail, part.bytes, position);
    } else {
      emit(options, read_message(options, session, *value), part.bytes, position, out);
    }
  }
  if (split.broken) {
    out.reject(split.broken->reason, split.broken->detail, split.broken->bytes,
               sdk::position_of(split.unit, split.parts.size(), split.broken->offset));
  }
}

}  // namespace

void parse(const Options& options, Session& session, const sdk::Delivery& delivery,
           sdk::Emitter& out) {
  if (is_event_stream(delivery.body)) {
    parse_stream(options, session, delivery.body, out);
  } else {
    parse_messages(options, session, delivery.body, out);
  }
}

}  // namespace fusiond::social
