// What a node carries where there are several shards: what others say of its event, and whom else
// its event concerns. Kept by guests.h and exchange.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/fusion/standing.h"

namespace fusiond::fusion {

struct Node;

// An event (or the root of a case) as other shards tell of it. One that this shard decides itself
// may have one, too: others' standings name it, or its former owner has not yet let it go.
struct Guest {
  struct Claim {
    Shard from = 0;
    std::shared_ptr<const Standing> standing;  // shared with what was heard; never changed
  };
  struct CardFrom {
    Shard from = 0;
    Card card;
  };
  std::vector<Claim> claims;    // by the owner's moves; the last one counts
  std::vector<CardFrom> cards;  // the one that came last counts

  // What the standing that counts names; of an event that is only named, what its names say.
  Node* anchor = nullptr;
  Node* root = nullptr;
  Node* copy_root = nullptr;

  // Of those who name it: as anchor or copy root, as root of the case.
  std::vector<Node*> claimants;
  std::vector<Node*> followers;
  struct Named {
    std::int64_t time = 0;
    Spot place;  // this and the owner of a root only
    Status status = Status::actual;
    std::optional<Shard> owner;
    friend bool operator==(const Named&, const Named&) = default;
  };
  std::optional<Named> named;
  Node* namer = nullptr;  // who says so: the one in the earliest episode

  std::optional<Owner> owner;  // the last one known

  [[nodiscard]] const Standing* standing() const {
    return claims.empty() ? nullptr : claims.back().standing.get();
  }
  [[nodiscard]] const Account* account() const {
    const Standing* said = standing();
    return said == nullptr || !said->account ? nullptr : &*said->account;
  }
  [[nodiscard]] const Card* card() const { return cards.empty() ? nullptr : &cards.back().card; }
};

// Whom an event of this shard concerns besides it.
struct Reach {
  Surroundings around;
  std::vector<std::pair<Shard, std::shared_ptr<const Standing>>> told;
  std::vector<std::pair<Shard, Card>> cards;  // of the incident of which it is the root
  std::vector<std::uint64_t> names;           // keys in whose holders it makes the shard interested
  std::optional<ShortId> original;            // what it is a copy of, if the shard asks for that
  std::optional<Owner> gone_to;               // its owner, when it is not this shard any more
};

}  // namespace fusiond::fusion
