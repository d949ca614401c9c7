// What consumers were last told of every incident, and what they must be told next (design/0005,
// 5). An incident's record is made of parts that are kept as bytes (model/incident_writer.h): has
// anything changed, is a comparison of bytes; and what only turns quiet is not written anew.
// Journey: fusion/cases.cc -> here -> pipeline/step.cc, which saves the records and publishes them
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/area_rows.h"
#include "daemon/fusion/cases.h"
#include "daemon/fusion/endings.h"
#include "daemon/fusion/explain.h"
#include "daemon/fusion/feed_waits.h"
#include "daemon/fusion/live_roots.h"
#include "daemon/fusion/node_queue.h"
#include "daemon/fusion/nodes.h"
#include "daemon/model/incident.h"
#include "daemon/model/incident_writer.h"

namespace fusiond::fusion {

class IncidentBook {
 public:
  struct Stamp {
    std::uint64_t epoch = 1;
    Versions versions;
    Shard shard = 0;
    bool alone = true;  // there is no other shard
  };
  IncidentBook(const Score& score, Explain& explain, const Cases& cases, Nodes& nodes,
               const IncidentWriter& writer, Stamp stamp);

  // What was told before a restart. Requires: the nodes are there. The next write() tells what
  // looks otherwise now, and again what was not confirmed.
  // `areas`: where there are several shards.
  void restore(const std::vector<ToldIncident>& rows, const std::vector<AreaRow>& areas);

  // Compares what the touched roots look like now, and those whose time has come, with what was
  // told of them. Records in the order in which they must be published: what gained members, other
  // changes, `merged`, `withdrawn`; valid until the next call. `closing` is C now.
  std::span<const IncidentRecord> write(const std::vector<Node*>& touched, std::int64_t closing,
                                        const Cause& cause);

  // Stands in the records from now on; nobody waits for feeds any more: whom rules concern is to be
  // reconsidered.
  void use_versions(Versions versions);
  // Has the next write() look at the incident of `root` anew, however large it is.
  void describe_anew(Node& root);

  // Says that a node may stand in another incident than it did. Requires for this and the next: the
  // incidents are as they will be written.
  void note_place(Node& node);
  // Says that a node was decided anew, or (`said`) that something else is said of it.
  void stir(Node& node, bool said);
  // How often something new of a large incident had to wait, since the start.
  [[nodiscard]] std::uint64_t held_back() const { return held_back_; }
  // How many members were left out of the records written, since the start.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  // Several shards (design/0013). Goes on with what another one told under the node's id; writes
  // nothing. Requires: until it is written, cases touch whom it concerns.
  void take_over(Node& node, const Telling& telling);
  // A node of which something was told may be told by another shard now.
  void reconsider(Node& node) {
    if (node.told != nullptr && node.names == nullptr && !node.told->handed) {
      unnamed_.push_back(&node);
    }
  }
  void restore(Node& node, const Telling& telling, bool is_handed);
  // It is told no more because it is so long over: nothing looks different without it.
  void forget_card(Node& root);
  // Another shard's incident has another name, family or place, or is told no more: lists it so.
  // Who may name it looks different.
  void note_card(Node& root);
  // What another shard must go on with, and which, since the last call.
  struct Handed {
    Node* node = nullptr;
    Shard to = 0;
  };
  std::vector<Handed> handed;
  // Roots whose card may look different, and those with another name, since the last call.
  std::vector<Node*> looked_at;
  std::vector<Node*> other_names;
  [[nodiscard]] static Telling telling_of(const Node& node);

  // Is the incident of `root` over, and so far before every incident that is not (the first of
  // them begins at `unfinished`) that none of those looks at it, so that it may be forgotten?
  [[nodiscard]] bool is_final(const Node& root, std::int64_t unfinished) const;
  // When the first incident began that is neither closed nor over; the largest time for none.
  [[nodiscard]] std::int64_t first_unfinished();
  // Forgets the incident whose root `node` was or is, or that it named; false when none was told
  // under its name.
  bool drop(Node& node);

  // The incidents as they are now, by id.
  [[nodiscard]] std::vector<IncidentContent> live();

 private:
  struct Vanished {
    Node* node = nullptr;
    std::optional<ShortId> into;  // the name of the incident into which it went; none: withdrawn
  };
  // A record of this call before it is put in its place.
  struct Draft {
    std::size_t record = 0;
    std::vector<ShortId> added;
    std::vector<ShortId> removed;
  };
  // What must be said again of an incident that is no more.
  struct LastWords {
    Node* node = nullptr;
    IncidentId merged_into;
    std::string body;
  };
  using Taken = std::map<const Node*, std::vector<IncidentId>>;  // by root: ids it takes over

  // Names (design/0002).
  void name(Node& node);
  void unname(Node& root);
  [[nodiscard]] Node* heir_of(const Told& told) const;
  void find_vanished();
  void go_into(Node& node, Node& root);
  // The same where there are other shards.
  void find_vanished_among(std::vector<Node*> nodes);
  void end_absent(Node& node);
  void hand_over(Node& node, Shard to);
  [[nodiscard]] Node* own_heir_of(const Told& told) const;

  // After a restart.
  void restore(const ToldIncident& row, Node& named_by);
  void recall(Node& root);
  void repeat_last_words(const Cause& cause);

  // Large incidents (README.md).
  [[nodiscard]] bool is_large(const Told& told) const;
  [[nodiscard]] bool can_wait(Node& root);
  void hold(Node& root);
  void release();

  // One incident.
  void look_at(Node& root, std::int64_t closing, const Cause& cause);
  void describe(Node& root);
  void touch_heard();
  bool render(Node& root, Told& told);
  bool render_members(Told& told);
  void compare_members(const Told& told);
  void note_told(Node& named_by);
  // Keeps what rules say now, and notes what none says any more.
  void note_said(Told& told, std::vector<ToldFinding> now);
  void note_untold(const Node& named_by);
  [[nodiscard]] IncidentState state_at(const Node& root, bool gone, std::int64_t closing) const;
  // Of the incident that `named_by` names or named.
  void append_body(const Node& named_by, std::string& body) const;
  [[nodiscard]] std::uint64_t body_digest(const Node& named_by);
  // The node of a member. Mostly it is the one that names the incident: that costs no search.
  template <class Some>
  [[nodiscard]] Some* member_of(Some& named_by, ShortId id) const {
    return id == named_by.number ? &named_by : nodes_.find(id);
  }
  void write_row(Node& named_by, IncidentRecord& record, const IncidentId& merged_into);
  void emit(Node& named_by, IncidentState state, const Cause& cause);
  void emit_merged(Node& named_by, ShortId into, const Cause& cause);
  void emit_withdrawn(Node& named_by, const Cause& cause);
  [[nodiscard]] bool supersede(Told& told, const std::vector<IncidentId>& ids) const;
  IncidentRecord& start_record(const Node& named_by, IncidentState state, const Cause& cause);
  void publish_in_order(std::size_t first);

  [[nodiscard]] std::uint64_t epoch_of(Told& told) const;
  void list_cards();
  void touch(Node& root) { waiting_.push(root); }
  void note_end(const Node& named_by);

  const Score& score_;
  Explain& explain_;
  const Cases& cases_;
  Nodes& nodes_;
  const IncidentWriter& writer_;
  std::uint64_t epoch_;
  Shard shard_;
  bool alone_;

  std::vector<Node*> held_;  // roots of large incidents of which something waits to be told
  std::uint64_t held_back_ = 0;
  std::uint64_t left_out_ = 0;
  bool ticks_ = false;  // this call is a tick: nothing waits
  NodeQueue waiting_{&Node::book_waits};
  LiveRoots live_;
  FeedWaits feed_waits_;
  Endings unfinished_;  // when those began that were told open or quiet, and some that have ended
  std::vector<Node*> unnamed_;  // whose incident was told, and that may name none any more
  Taken taken_;
  std::vector<Vanished> vanished_;
  std::vector<LastWords> last_words_;
  std::vector<Node*> recalled_;  // at a restart: the next call looks at them
  // An id whose revisions were forgotten here once it was handed over may come back in the same
  // epoch: nothing new is told under one of them.
  std::uint64_t first_revision_ = 0;
  std::vector<Node*> carded_;  // guests with another card
  std::vector<Node*> ended_;   // ids that another shard has told merged into incidents of this one

  // Room that is used again with every call.
  IncidentRevision revision_;  // its carrier: the versions stay
  IncidentContent content_;
  Member member_;
  ToldIncident row_;
  std::string written_;
  std::vector<Node*> found_;
  std::vector<ShortId> now_;
  std::vector<ShortId> then_;
  std::vector<IncidentRecord> records_;
  std::vector<IncidentRecord> sorted_;
  std::size_t count_ = 0;  // of the records of this call
  std::vector<Draft> drafts_;
};

}  // namespace fusiond::fusion
