// v1.Word bytes ↔ Word: what a person says about which events belong together.
// Journey: pipeline/step.cc → here → fusion/engine.cc
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/model/word.h"

namespace fusiond::v1 {
class Word;
class WordNote;
}  // namespace fusiond::v1

namespace fusiond::wire {

inline constexpr std::size_t kAuthorBytes = 200;
inline constexpr std::size_t kReasonBytes = 2000;

// Required: word_id and the events its kind speaks of (UUIDs, two different ones for SAME and
// APART, one for EJECT), a revision, author and reason (filled, one line, within their limits),
// said_us. A retracted word may leave out kind and events. Errors: bad_input that names the field.
Result<Word> decode_word(std::string_view bytes);
Result<Word> word_from(const v1::Word& message);
// One line of JSON in protobuf's own mapping. An event that is not named by a UUID goes by what
// `id_of` makes of its name.
Result<Word> word_from_json(const std::string& json, EventId (*id_of)(const std::string& name));
std::string encode_word(const Word& word);
void write_word(const Word& word, v1::Word& out);

Result<WordNote> word_note_from(const v1::WordNote& message);
void write_word_note(const WordNote& note, v1::WordNote& out);

}  // namespace fusiond::wire
