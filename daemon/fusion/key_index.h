// Who shares a key: grouped events by CAD number, plate, caller and device, in (time, id) order.
// Keys are numbered here, per status class, so that nobody else handles their texts; a number lives
// as long as an event in the fold has it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/fusion/node.h"

namespace fusiond::fusion {

class KeyIndex {
 public:
  // Up to five different numbers, in the order of Facts::keys.
  struct Numbers {
    std::array<std::uint32_t, 5> list{};
    std::size_t size = 0;
    [[nodiscard]] const std::uint32_t* begin() const { return list.data(); }
    [[nodiscard]] const std::uint32_t* end() const { return list.data() + size; }
  };
  struct EpisodeCount {
    Node* anchor = nullptr;
    std::uint32_t members = 0;
  };

  // The numbers of an event's keys, given out anew for keys that nobody has.
  [[nodiscard]] KeyNumbers numbers_of(const Event& event);

  // Requires for all: the node's facts stay as they are while it is in.
  void add(Node& node);
  void remove(Node& node);
  // Takes back the numbers that nobody has. Requires: no facts with such numbers are compared any
  // more.
  void sweep();

  [[nodiscard]] static Numbers case_numbers(const KeyNumbers& keys);  // those that can link cases
  [[nodiscard]] static Numbers numbers(const KeyNumbers& keys);       // all

  // Its kind, status class and text; the same in every index.
  [[nodiscard]] const std::string& name_of(std::uint32_t key) const { return rows_[key].name; }
  // The grouped events that have the key, in (time, id) order.
  [[nodiscard]] const std::vector<Node*>& holders(std::uint32_t key) const {
    return rows_[key].holders;
  }
  // The late events that have it, in no order.
  [[nodiscard]] const std::vector<Node*>& late_holders(std::uint32_t key) const {
    return rows_[key].late;
  }
  // The first holder at `time` or later.
  [[nodiscard]] std::vector<Node*>::const_iterator holders_from(std::uint32_t key,
                                                                std::int64_t time) const;
  // The episodes whose members have the key; told by the fold. For keys that can link cases.
  [[nodiscard]] const std::vector<EpisodeCount>& episodes(std::uint32_t key) const {
    return rows_[key].episodes;
  }
  void joined(const Node& node, Node& anchor);
  void left(const Node& node, Node& anchor);
  // The whole episode goes.
  void drop_episode_of(const Node& node);

 private:
  struct Row {
    std::string name;
    std::vector<Node*> holders;
    std::vector<Node*> late;
    std::vector<EpisodeCount> episodes;
    [[nodiscard]] bool unused() const { return holders.empty() && late.empty(); }
  };
  std::uint32_t number_of(char space, Status status, const std::string& value);

  std::vector<Row> rows_ = std::vector<Row>(1);  // by number; 0 is no key
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> idle_;  // had no users at some time
  std::string name_;                 // room to look up in
};

}  // namespace fusiond::fusion
