// What this shard tells the others (design/0013): of each event of its own to whom it concerns, of
// each incident that it tells, and in whose keys it is interested. Each again only when it says
// something else. Journey: fusion/engine_shards.cc -> here
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/fusion/area_rows.h"
#include "daemon/fusion/cases.h"
#include "daemon/fusion/explain.h"
#include "daemon/fusion/fold.h"
#include "daemon/fusion/guests.h"
#include "daemon/fusion/incident_book.h"
#include "daemon/fusion/nodes.h"
#include "daemon/fusion/people.h"

namespace fusiond::fusion {

class Exchange {
 public:
  struct Parts {
    Nodes& nodes;
    const Score& score;
    Fold& fold;
    Cases& cases;
    const People& people;
    const Explain& explain;
  };
  Exchange(Seat seat, Parts parts) : seat_(seat), parts_(parts) {}

  // Is this the next record of its sender? One that came before says nothing new.
  [[nodiscard]] bool is_next(const AreaNews& news);

  // Notes that news of an event, of the own members of an episode, or of the events of an
  // incident may look different now.
  void note(Node& node);
  void note_episode(Node& anchor);
  void note_incident(Node& root);
  void note_card(Node& root);
  // Later events whose account names the incident of this episode.
  void note_missers(const Node& anchor);
  // Another shard decides it now, or tells of it.
  void note_home(Node& node);
  // Whom an own event concerns by its place; that it has gone to another shard.
  void surround(Node& node, Surroundings around);
  void let_go(Node& node, Owner to);
  // What the fold and the cases changed, before it is cleared.
  void note_changes();
  // A word names events differently.
  void note_word(const Word& word);

  void hear(const InterestNews& news, Shard from);
  void hear(const HoldersNews& news);
  void hear(const WantNews& news, Shard from);

  // Writes what is to be told, into news(). `handed`: ids that others must go on with.
  void tell(const std::vector<IncidentBook::Handed>& handed);
  void tell_clocks(const std::vector<SourceClock>& clocks);
  // The node goes: it makes this shard interested in nothing any more, and nobody is told of it.
  void drop(Node& node);

  // After a restart: what others said, and how far; then everything is due, so that who is told
  // what he knows hears nothing new (design/0013).
  void restore(const Sequences& sequences, const std::vector<AreaRow>& rows,
               const std::vector<NameRow>& names);
  void note_all();
  [[nodiscard]] Sequences sequences() const;
  [[nodiscard]] NameRow row_of(std::uint64_t name) const;
  [[nodiscard]] std::vector<Shard> wanted_by(ShortId id) const;
  // Keys of which the row is another one now; cleared by the caller.
  std::vector<std::uint64_t> other_rows;
  [[nodiscard]] std::vector<AreaNews>& news() { return news_; }

 private:
  // A key in whose holders this shard is interested.
  struct Name {
    std::uint32_t uses = 0;
    std::uint32_t key = 0;
    std::vector<Shard> others;
  };
  struct Listener {
    Shard shard = 0;
    bool full = false;
  };
  template <class What>
  void send(Shard to, What what) {
    news_.push_back({seat_.shard, to, ++sent_[to], std::move(what), seat_.stream});
  }
  void listeners_of(Node& node);
  void add_listener(Shard shard, bool full);
  void tell_standing(Node& node);
  void tell_card(Node& root);
  [[nodiscard]] std::optional<Card> card_of(Node& root) const;
  [[nodiscard]] std::shared_ptr<const Standing> standing_of(Node& node, bool full) const;
  [[nodiscard]] Account account_of(Node& node) const;
  void note_copies_of(Node& node);
  // Keys.
  [[nodiscard]] std::uint64_t number_of_key(std::uint32_t key) const;
  void use_names(Node& node);
  void use(std::uint64_t name, std::uint32_t key);
  void drop(std::uint64_t name);
  void tell_interest();
  void keep_holder(std::uint64_t name, Shard shard, bool wanted);
  // Ids that copies name.
  void want_originals(Node& node);
  void want(ShortId id);
  void want_no_more(ShortId id);

  Seat seat_;
  Parts parts_;
  std::vector<AreaNews> news_;
  std::unordered_map<Shard, std::uint64_t> sent_;  // the last sequence to each
  std::unordered_map<Shard, std::pair<std::uint64_t, std::uint64_t>>
      heard_;  // and from each: its stream, the sequence in it
  std::vector<Node*> due_;
  std::vector<Node*> cards_due_;
  std::vector<Listener> listeners_;
  std::unordered_map<std::uint64_t, Name> names_;
  std::unordered_map<Shard, std::pair<std::vector<std::uint64_t>, std::vector<std::uint64_t>>>
      interest_;  // to be told: wanted, not wanted any more
  std::unordered_map<std::uint64_t, std::vector<Shard>> holders_;  // of the keys that fall to us
  std::unordered_map<ShortId, std::uint32_t, ShortIdHash> wants_;  // ours, by how many copies
  std::unordered_map<ShortId, std::vector<Shard>, ShortIdHash> wanted_;  // by others
};

}  // namespace fusiond::fusion
