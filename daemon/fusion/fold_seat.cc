// The part of Fold that takes others' decisions over.
#include "daemon/fusion/fold.h"

namespace fusiond::fusion {

void Fold::seat(Node& node) {
  static const Decision kUntold;
  const Account* account = node.guest->account();
  const Decision& told = account == nullptr ? kUntold : account->decision;
  const bool changed = !(told == node.decision);
  if (changed) {
    node.decision = told;
  }
  if (node.role == Role::late) {
    Neighbourhood::note_anchor(node);
    decided.push_back({&node, changed});
    return;
  }
  Node* anchor = node.known ? node.guest->anchor : &node;
  if (anchor != &node && (anchor == nullptr || !(anchor->is_anchor() && before(*anchor, node)))) {
    anchor = nullptr;
    strays.push_back(&node);
  }
  if (anchor != nullptr) {
    decided.push_back({&node, changed || anchor != node.anchor});
  }
  if (anchor == node.anchor) {
    Neighbourhood::note_anchor(node);
    return;
  }
  moved.push_back({&node, node.anchor, std::nullopt});
  detach(node);
  if (anchor != nullptr) {
    attach(node, *anchor);
  }
}

}  // namespace fusiond::fusion
