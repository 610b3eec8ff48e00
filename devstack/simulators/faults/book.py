"""The fault rules in force."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from devstack.simulators.faults.rules import FaultRule
from devstack.simulators.stats import Stats


class FaultBook:
    """The rules in force, oldest first; a rule whose times are used up is gone.

    Rules for one recipient are found by recipient, so thousands of them do not slow requests down.
    `revision` grows with every change.
    """

    def __init__(self, stats: Stats) -> None:
        self.revision = 0
        self._rules: dict[str, FaultRule] = {}
        self._ages: dict[str, int] = {}
        self._for_one: defaultdict[str, set[str]] = defaultdict(set)  # ids of rules by recipient
        self._for_many: set[str] = set()
        self._next_age = 0
        self._stats = stats

    def take(self, target: str, **facts: Sequence[str]) -> FaultRule | None:
        """Return the rule for this request or report, counted down by one; None when there is none."""
        for rule_id in self._candidates(facts.get("to", ())):
            rule = self._rules[rule_id]
            if rule.applies(target, facts):
                self._use(rule)
                self._stats.fault(target, rule.action)
                return rule
        return None

    def add(self, rule: FaultRule) -> None:
        """Put a rule in force; one with the same id is replaced and keeps its place."""
        age = self._ages.get(rule.id, self._next_age)
        self._next_age += 1
        self.remove(rule.id)
        self._rules[rule.id], self._ages[rule.id] = rule, age
        self.revision += 1
        self._group_of(rule).add(rule.id)

    def replace_all(self, rules: Iterable[FaultRule]) -> None:
        """Put exactly these rules in force."""
        for rule_id in tuple(self._rules):
            self.remove(rule_id)
        for rule in rules:
            self.add(rule)

    def remove(self, rule_id: str) -> bool:
        """Lift one rule; False when there is none with this id."""
        rule = self._rules.pop(rule_id, None)
        if rule is None:
            return False
        del self._ages[rule_id]
        self.revision += 1
        self._group_of(rule).discard(rule_id)
        if rule.only_recipient is not None and not self._for_one[rule.only_recipient]:
            del self._for_one[rule.only_recipient]
        return True

    def rules(self) -> list[FaultRule]:
        """Return the rules in force, oldest first."""
        return [self._rules[rule_id] for rule_id in sorted(self._rules, key=self._ages.__getitem__)]

    def _candidates(self, recipients: Sequence[str]) -> list[str]:
        meant = (self._for_one[to] for to in recipients if to in self._for_one)
        return sorted(self._for_many.union(*meant), key=self._ages.__getitem__)

    def _group_of(self, rule: FaultRule) -> set[str]:
        return self._for_many if rule.only_recipient is None else self._for_one[rule.only_recipient]

    def _use(self, rule: FaultRule) -> None:
        if rule.times is None:
            return
        if rule.times == 1:
            self.remove(rule.id)
        else:
            self.add(replace(rule, times=rule.times - 1))
