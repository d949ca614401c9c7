#include "daemon/wire/word_wire.h"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include "daemon/wire/fields.h"
#include "fusiond/v1/word.pb.h"

namespace fusiond::wire {
namespace {

Result<void> check_id(std::string_view id, std::string_view field) {
  if (!is_uuid(id)) {
    return bad_field(field, id.empty() ? "is missing" : "is not a UUID");
  }
  return {};
}

// What the kind of a word that stands asks of its events.
Result<void> check_events(const v1::Word& message) {
  if (auto good = check_id(message.event_id(), "event_id"); !good) {
    return good;
  }
  if (message.kind() == v1::WORD_KIND_EJECT) {
    return message.other_event_id().empty()
               ? Result<void>{}
               : bad_field("other_event_id", "has no meaning for eject");
  }
  if (auto good = check_id(message.other_event_id(), "other_event_id"); !good) {
    return good;
  }
  if (message.event_id() == message.other_event_id()) {
    return bad_field("other_event_id", "is event_id");
  }
  return {};
}

}  // namespace

Result<Word> word_from(const v1::Word& message) {
  if (auto good = check_id(message.word_id(), "word_id"); !good) {
    return fail(good.error());
  }
  if (message.revision() == 0) {
    return bad_field("revision", "is missing");
  }
  const auto kind = optional_enum_from(static_cast<int>(message.kind()), WordKind::eject, "kind");
  if (!kind) {
    return fail(kind.error());
  }
  if (!message.retracted()) {
    if (*kind == WordKind::unspecified) {
      return bad_field("kind", "is missing");
    }
    if (auto good = check_events(message); !good) {
      return fail(good.error());
    }
  }
  if (auto good = check_line(message.author(), kAuthorBytes, "author"); !good) {
    return fail(good.error());
  }
  if (auto good = check_line(message.reason(), kReasonBytes, "reason"); !good) {
    return fail(good.error());
  }
  if (message.said_us() <= 0) {
    return bad_field("said_us", "is missing");
  }
  return Word{WordId{message.word_id()},
              message.revision(),
              *kind,
              EventId{message.event_id()},
              EventId{message.other_event_id()},
              message.author(),
              message.reason(),
              wall_time(message.said_us()),
              message.retracted()};
}

void write_word(const Word& word, v1::Word& out) {
  out.set_word_id(word.id.str());
  out.set_revision(word.revision);
  out.set_kind(proto_enum<v1::WordKind>(word.kind));
  out.set_event_id(word.event.str());
  out.set_other_event_id(word.other.str());
  out.set_author(word.author);
  out.set_reason(word.reason);
  out.set_said_us(micros_of(word.said));
  out.set_retracted(word.retracted);
}

Result<Word> decode_word(std::string_view bytes) {
  v1::Word message;
  if (auto good = parse_into(message, bytes, "word"); !good) {
    return fail(good.error());
  }
  return word_from(message);
}

Result<Word> word_from_json(const std::string& json, EventId (*id_of)(const std::string& name)) {
  v1::Word message;
  const google::protobuf::LogSilencer silencer;
  const auto read = google::protobuf::util::JsonStringToMessage(json, &message);
  if (!read.ok()) {
    return fail(Fault::bad_input, "not a word in JSON: " + read.ToString());
  }
  for (std::string* id : {message.mutable_event_id(), message.mutable_other_event_id()}) {
    if (!id->empty() && !is_uuid(*id)) {
      *id = id_of(*id).str();
    }
  }
  return word_from(message);
}

std::string encode_word(const Word& word) {
  v1::Word message;
  write_word(word, message);
  return bytes_of(message);
}

Result<WordNote> word_note_from(const v1::WordNote& message) {
  auto word = word_from(message.word());
  if (!word) {
    return fail(word.error().within("words"));
  }
  const auto effect =
      enum_from(static_cast<int>(message.effect()), WordEffect::overruled, "words.effect");
  if (!effect) {
    return fail(effect.error());
  }
  return WordNote{std::move(*word), *effect};
}

void write_word_note(const WordNote& note, v1::WordNote& out) {
  write_word(note.word, *out.mutable_word());
  out.set_effect(proto_enum<v1::WordEffect>(note.effect));
}

}  // namespace fusiond::wire
