// What consumers were last told of every incident, and what they must be told next (design/0005,
// 5). Journey: fusion/cases.cc -> here -> pipeline/shard.cc, which saves the revisions and
// publishes them
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/fusion/cases.h"
#include "daemon/fusion/explain.h"
#include "daemon/fusion/nodes.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

constexpr std::size_t kRelated = 8;  // related_to: the nearest before in time

class IncidentBook {
 public:
  struct Stamp {
    std::uint64_t epoch = 1;
    Versions versions;
  };
  IncidentBook(const Score& score, const Explain& explain, const Cases& cases, Nodes& nodes,
               Stamp stamp);

  // What was emitted before a restart. Requires: the nodes are there.
  void restore(const std::vector<IncidentRevision>& revisions);

  // Compares what the touched roots look like now with what was told of them. Revisions in the
  // order in which they must be published: what gained members, other changes, `merged`,
  // `withdrawn`. `closing` is C now.
  [[nodiscard]] std::vector<IncidentRevision> write(NodeSet touched, std::int64_t closing,
                                                    const Cause& cause);
  // The roots whose incident turns quiet or closes when C goes on; none when it goes back.
  [[nodiscard]] std::vector<Node*> between(std::int64_t from, std::int64_t to) const;

  // Is the incident of `root` over, and so far before every incident that is not (the first of
  // them begins at `unfinished`) that none of those looks at it, so that it may be forgotten?
  [[nodiscard]] bool is_final(const Node& root, std::int64_t unfinished) const;
  // When the first incident began that is neither closed nor over; the largest time for none.
  [[nodiscard]] std::int64_t first_unfinished() const;
  // Forgets the incident whose root `node` was or is; false when there was none.
  bool drop(Node& node);

  // Live incidents, by id: what consumers were last told.
  [[nodiscard]] std::vector<IncidentContent> live() const;

 private:
  struct Vanished {
    Node* node = nullptr;
    Node* into = nullptr;  // none: withdrawn
  };
  using Contents = std::map<Node*, IncidentContent, Before>;
  using Supersedes = std::map<Node*, std::vector<IncidentId>, Before>;

  void name(NodeSet& touched);
  void unname(Node& root);
  std::vector<Vanished> find_vanished(NodeSet& touched, Supersedes& taken);
  [[nodiscard]] Node* heir_of(const IncidentContent& told) const;
  Contents render(NodeSet touched, std::int64_t closing);
  void list(Node& node, std::optional<Node::Listed> listed, NodeSet& again);
  void touch_later(const Node::Listed& listed, const Node& self, NodeSet& again) const;
  [[nodiscard]] std::vector<IncidentId> related_to(const Node& root) const;
  IncidentRevision revise(IncidentContent content, const std::vector<IncidentId>& taken,
                          const Cause& cause);
  void note_end(const IncidentContent& content);
  [[nodiscard]] IncidentContent last_page(const Vanished& vanished) const;

  const Score& score_;
  const Explain& explain_;
  const Cases& cases_;
  Nodes& nodes_;
  Stamp stamp_;
  std::unordered_map<IncidentId, IncidentRevision> told_;
  NodeBag unnamed_;  // whose incident was told, and that name none any more
  std::unordered_map<IncidentId, std::int64_t> unfinished_;    // when those began
  std::map<std::pair<std::int64_t, EventId>, Node*> by_time_;  // live roots with place and family
  std::set<std::pair<std::int64_t, Node*>> ends_;  // when live roots turn quiet and close
};

}  // namespace fusiond::fusion
