#include "daemon/calibrate/samples.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace fusiond::calibrate {
namespace {

constexpr std::size_t kTold = 20;

// What was said of one id.
struct Word {
  Finding finding = Finding::none;
  std::optional<WallTime> since;  // of the first that decides
  std::optional<WallTime> at;     // of the last
  std::string place;
  bool contradicted = false;
};

// What was found of one incident.
struct Case {
  Finding finding = Finding::none;
  std::optional<WallTime> since;
  std::uint32_t first = 0;  // the incident that it was then
  const Picture* then = nullptr;
  std::size_t words = 0;
  bool disagree = false;
};

void tell(Fates& fates, const std::string& place, const std::string& why) {
  if (fates.lost.size() < kTold) {
    fates.lost.push_back(place + ": " + why);
  }
}

// Later words of one id replace earlier ones; the time is that of the first which decides.
std::map<std::string, Word> words_of(std::vector<Outcome>& outcomes, Fates& fates) {
  std::stable_sort(outcomes.begin(), outcomes.end(), [](const Outcome& a, const Outcome& b) {
    return std::tie(a.at, a.id) < std::tie(b.at, b.id);
  });
  std::map<std::string, Word> words;
  for (const Outcome& one : outcomes) {
    ++fates.read;
    if (one.finding == Finding::duplicate) {
      ++fates.duplicates;
      continue;
    }
    const auto [at, fresh] = words.try_emplace(one.id);
    Word& word = at->second;
    if (!fresh && word.contradicted && word.at == one.at) {
      ++fates.contradictory;
      continue;
    }
    if (!fresh && word.finding != one.finding && word.at == one.at) {
      fates.contradictory += 2;
      tell(fates, one.place,
           "says " + std::string(word_of(one.finding)) + " of " + one.id + " where " + word.place +
               " says " + std::string(word_of(word.finding)) + " at the same time");
      word.contradicted = true;
      continue;
    }
    if (!fresh && !word.contradicted) {
      ++(word.finding == one.finding ? fates.repeats : fates.replaced);
    }
    if (!word.since || !decides(word.finding)) {
      word.since = one.at;
    }
    word.finding = one.finding;
    word.at = one.at;
    word.place = one.place;
    word.contradicted = false;
  }
  return words;
}

// Whether a report of it was taken back or called off: whoever did so may have known the outcome.
bool was_called_off(const Picture& picture) {
  return std::any_of(picture.reports.begin(), picture.reports.end(), [](const Report& report) {
    return report.lifecycle == Lifecycle::cancel || report.lifecycle == Lifecycle::retract;
  });
}

bool is_lost(const Found& found, const std::string& id, const Word& word, Fates& fates) {
  const auto lose = [&](std::size_t& counter, const std::string& why) {
    ++counter;
    tell(fates, word.place, why + ", got: " + id);
    return true;
  };
  switch (found.lost) {
    case Lost::unknown:
      return lose(fates.unknown_id, "no incident, event or CAD number goes by this id");
    case Lost::ambiguous:
      return lose(fates.ambiguous_id, "more than one source or agency has this id");
    case Lost::too_early:
      return lose(fates.too_early, "the outcome comes before anything that was told of it");
    case Lost::withdrawn:
      return lose(fates.withdrawn, "the incident had been withdrawn by then");
    case Lost::no:
      break;
  }
  if (!found.picture->left_out.empty()) {
    return lose(fates.in_part, "the incident lists only part of its reports");
  }
  if (!word.since && was_called_off(*found.picture)) {
    return lose(fates.knowing,
                "the outcome has no time, and a report of the incident was called off or taken "
                "back, perhaps because of it");
  }
  return false;
}

void take(Case& one, const Found& found, const Word& word) {
  ++one.words;
  one.disagree = one.disagree || (one.words > 1 && one.finding != word.finding &&
                                  decides(one.finding) && decides(word.finding));
  const bool better = word.finding > one.finding;  // founded, unfounded, unconfirmed, none
  const bool earlier = decides(word.finding) && (!decides(one.finding) || word.since < one.since);
  if (one.then == nullptr || earlier) {
    one.since = word.since;
    one.then = found.picture;
    one.first = found.incident;
  }
  one.finding = better ? word.finding : one.finding;
}

WitnessKind teller_of(const Picture& picture) {
  return picture.reports.empty() ? WitnessKind::unspecified : picture.reports.front().teller;
}

void count(Endings& endings, Finding finding) {
  switch (finding) {
    case Finding::founded:
      ++endings.founded;
      break;
    case Finding::unfounded:
      ++endings.unfounded;
      break;
    case Finding::unconfirmed:
      ++endings.unconfirmed;
      break;
    case Finding::none:
    case Finding::duplicate:
      ++endings.none;
  }
}

}  // namespace

Samples samples_of(const Past& past, std::vector<Outcome> outcomes) {
  Samples samples;
  std::map<std::uint32_t, Case> cases;  // by the incident that it is at last
  for (const auto& [id, word] : words_of(outcomes, samples.fates)) {
    if (word.contradicted) {
      continue;
    }
    if (const Found found = past.look(id, word.since); !is_lost(found, id, word, samples.fates)) {
      take(cases[past.at_last(found.incident).incident], found, word);
      ++(decides(word.finding) ? samples.fates.used : samples.fates.undecided);
    }
  }
  for (const auto& [incident, one] : cases) {
    if (one.words > 1) {
      ++(one.disagree ? samples.disagreeing : samples.agreeing);
    }
    if (decides(one.finding)) {
      const Picture& opening = past.first_of(one.first);
      const bool whole = !opening.reports.empty() && opening.left_out.empty();
      samples.all.push_back({one.finding == Finding::founded, one.then->first, one.then,
                             whole ? &opening : one.then});
    }
  }
  std::stable_sort(samples.all.begin(), samples.all.end(), [](const Sample& a, const Sample& b) {
    return std::tuple(a.when, a.then->told) < std::tuple(b.when, b.then->told);
  });
  for (const std::uint32_t incident : past.standing()) {
    const Picture& picture = *past.at_last(incident).picture;
    const auto known = cases.find(incident);
    const Finding finding = known == cases.end() ? Finding::none : known->second.finding;
    count(samples.by_family[past.families().word(picture.family)], finding);
    count(samples.by_teller[teller_of(picture)], finding);
  }
  return samples;
}

}  // namespace fusiond::calibrate
