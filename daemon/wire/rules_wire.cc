#include "daemon/wire/rules_wire.h"

#include <utility>

#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "daemon/base/check.h"
#include "daemon/base/sha256.h"
#include "daemon/base/uuid.h"
#include "daemon/wire/fields.h"
#include "daemon/wire/records.h"
#include "daemon/wire/word_wire.h"
#include "fusiond/v1/internal.pb.h"

namespace fusiond::wire {
namespace {

constexpr std::size_t kVersionBytes = 100;
constexpr std::size_t kNameBytes = 255;
constexpr int kZlibEnd = 1;  // Z_STREAM_END

Result<void> check_head(const v1::RulesActivation& message) {
  if (!is_uuid(message.activation_id())) {
    return bad_field("activation_id", "is not a UUID");
  }
  if (auto good = check_line(message.version(), kVersionBytes, "version"); !good) {
    return good;
  }
  if (auto good = check_line(message.author(), kAuthorBytes, "author"); !good) {
    return good;
  }
  if (auto good = check_line(message.reason(), kReasonBytes, "reason"); !good) {
    return good;
  }
  if (message.said_us() <= 0) {
    return bad_field("said_us", "is missing");
  }
  if (message.digest().size() != 64) {
    return bad_field("digest", "has not 64 letters");
  }
  return {};
}

std::string packed(const v1::RulesActivation::Files& files) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream out(&bytes);
    google::protobuf::io::GzipOutputStream gzip(&out);
    FUSIOND_CHECK(files.SerializeToZeroCopyStream(&gzip) && gzip.Close(),
                  "text in memory can be packed");
  }
  return bytes;
}

// The bytes are unpacked only as far as kMostFilesBytes: a few may stand for very many.
bool unpack(const std::string& bytes, v1::RulesActivation::Files& files) {
  google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::GzipInputStream gzip(&in);
  std::string text;
  const void* data = nullptr;
  int size = 0;
  while (gzip.Next(&data, &size)) {
    if (text.size() + static_cast<std::size_t>(size) > kMostFilesBytes) {
      return false;
    }
    text.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  }
  // The end of the packed bytes, and not a fault in them.
  return gzip.ZlibErrorCode() == kZlibEnd && files.ParseFromString(text);
}

// All but whether the files are there.
Result<RulesActivation> activation_from(const v1::RulesActivation& message) {
  if (auto good = check_head(message); !good) {
    return fail(good.error());
  }
  RulesActivation activation{ActivationId{message.activation_id()},
                             message.version(),
                             message.digest(),
                             message.author(),
                             message.reason(),
                             wall_time(message.said_us()),
                             {}};
  v1::RulesActivation::Files unpacked;
  if (!message.packed_files().empty() && !unpack(message.packed_files(), unpacked)) {
    return bad_field("packed_files", "cannot be unpacked");
  }
  if (!unpacked.files().empty() && !message.files().empty()) {
    return bad_field("packed_files", "stand beside others");
  }
  for (const v1::RulesActivation::File& file :
       unpacked.files().empty() ? message.files() : unpacked.files()) {
    if (file.name().empty() || file.name().size() > kNameBytes ||
        file.name().find('/') != std::string::npos) {
      return bad_field("files.name", "is no name of a file");
    }
    if (!activation.files.emplace(file.name(), file.data()).second) {
      return bad_field("files.name", "stands twice: " + file.name());
    }
  }
  return activation;
}

Result<RulesActivation> whole_from(const v1::RulesActivation& message) {
  auto activation = activation_from(message);
  if (!activation) {
    return activation;
  }
  if (activation->files.empty()) {
    return bad_field("files", "are missing");
  }
  if (digest_of_files(activation->files) != activation->digest) {
    return bad_field("digest", "is not that of the files");
  }
  return activation;
}

void write_activation(const RulesActivation& activation, v1::RulesActivation& out) {
  out.set_activation_id(activation.id.str());
  out.set_version(activation.version);
  out.set_digest(activation.digest);
  out.set_author(activation.author);
  out.set_reason(activation.reason);
  out.set_said_us(micros_of(activation.said));
  v1::RulesActivation::Files files;
  std::size_t bytes = 0;
  for (const auto& [name, data] : activation.files) {
    v1::RulesActivation::File& file = *files.add_files();
    file.set_name(name);
    file.set_data(data);
    bytes += data.size();
  }
  if (bytes > kPlainFilesBytes) {
    out.set_packed_files(packed(files));
  } else {
    out.mutable_files()->Swap(files.mutable_files());
  }
}

ports::OutRecord record_of(const std::string& topic, const RulesActivation& activation,
                           std::string id, std::string_view type) {
  const std::int64_t us = micros_of(activation.said);
  ports::OutRecord record;
  record.topic = topic;
  record.key = "rules";
  record.headers = {{"ce_specversion", "1.0"},
                    {"ce_id", std::move(id)},
                    {"ce_source", std::string(kOwnSource)},
                    {"ce_type", std::string(type)},
                    {"ce_time", to_rfc3339(us)},
                    {"content-type", "application/protobuf"}};
  return record;
}

}  // namespace

std::string digest_of_files(const RuleFiles& files) {
  Sha256Stream all;
  for (const auto& [name, text] : files) {
    all.add(name + "\n" + std::to_string(text.size()) + "\n");
    all.add(text);
  }
  return hex_of(all.finish());
}

ActivationId activation_id_of(const RulesActivation& activation) {
  const Sha256Digest digest =
      sha256("rules\n" + activation.author + "\n" + std::to_string(micros_of(activation.said)) +
             "\n" + activation.digest);
  Uuid uuid;
  for (std::size_t i = 0; i < 8; ++i) {
    uuid.high = uuid.high << 8U | digest[i];
    uuid.low = uuid.low << 8U | digest[i + 8];
  }
  uuid.high = (uuid.high & ~0xF000ULL) | 0x8000ULL;
  uuid.low = (uuid.low & ~(0xC0ULL << 56U)) | (0x80ULL << 56U);
  return ActivationId{text_of(uuid)};
}

Result<RulesActivation> decode_rules(std::string_view bytes) {
  v1::RulesActivation message;
  if (auto good = parse_into(message, bytes, "activation of rules"); !good) {
    return fail(good.error());
  }
  return whole_from(message);
}

std::string encode_rules(const RulesActivation& activation) {
  v1::RulesActivation message;
  write_activation(activation, message);
  return bytes_of(message);
}

Result<RulesOutcome> decode_rules_outcome(std::string_view bytes) {
  v1::RulesOutcome message;
  if (auto good = parse_into(message, bytes, "outcome of an activation"); !good) {
    return fail(good.error());
  }
  auto activation = activation_from(message.activation());
  if (!activation) {
    return fail(activation.error().within("activation"));
  }
  if (message.taken() != message.refused().empty()) {
    return bad_field("refused", "says why, of those that were not taken only");
  }
  return RulesOutcome{std::move(*activation), message.partition(), message.offset(),
                      message.taken(),        message.refused(),   message.version_before(),
                      message.told()};
}

std::string encode_rules_outcome(const RulesOutcome& outcome) {
  v1::RulesOutcome message;
  write_activation(outcome.activation, *message.mutable_activation());
  message.set_partition(outcome.partition);
  message.set_offset(outcome.offset);
  message.set_taken(outcome.taken);
  message.set_refused(outcome.refused);
  message.set_version_before(outcome.version_before);
  message.set_told(outcome.told);
  return bytes_of(message);
}

std::string encode_rules_row(const RulesActivation& activation) {
  v1::EventStateRecord message;
  write_activation(activation, *message.mutable_rules());
  return bytes_of(message);
}

// Nothing stands before this field in its row, and it stands first in no other row.
bool is_rules_row(std::string_view bytes) {
  constexpr char kTag = v1::EventStateRecord::kRulesFieldNumber << 3 | 2;
  return !bytes.empty() && bytes.front() == kTag;
}

Result<RulesActivation> decode_rules_row(std::string_view bytes) {
  const auto corrupt = [](const Error& error) {
    return fail(Fault::corrupt, "journal: rules: " + error.message);
  };
  v1::EventStateRecord message;
  if (auto good = parse_into(message, bytes, "rules"); !good) {
    return corrupt(good.error());
  }
  auto activation = whole_from(message.rules());
  if (!activation) {
    return corrupt(activation.error());
  }
  return activation;
}

ports::OutRecord rules_record(const std::string& topic, std::uint32_t partition,
                              const RulesActivation& activation) {
  ports::OutRecord record = record_of(topic, activation, activation.id.str(), kRulesType);
  record.value = encode_rules(activation);
  record.partition = partition;
  return record;
}

ports::OutRecord rules_outcome_record(const std::string& topic, const RulesOutcome& outcome) {
  ports::OutRecord record =
      record_of(topic, outcome.activation,
                outcome.activation.id.str() + "/" + std::to_string(outcome.partition) + "@" +
                    std::to_string(outcome.offset),
                kRulesOutcomeType);
  record.value = encode_rules_outcome(outcome);
  return record;
}

}  // namespace fusiond::wire
