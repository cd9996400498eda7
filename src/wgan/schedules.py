"""How many critic steps precede each step of the generator."""

from dataclasses import dataclass

from wgan.checks import Checked, Count, Natural

__all__ = ["CriticSchedule"]


@dataclass(frozen=True, kw_only=True)
class CriticSchedule(Checked):
    """`n_critic` steps per generator step, and many more at the start and from time to time.

    Arjovsky, Chintala & Bottou 2017 (https://arxiv.org/abs/1701.07875) take 100 critic steps while the generator's
    iteration is below 25, and at every 500th, so that the critic is near its optimum when the generator follows it.

    Args:
        n_critic: critic steps per generator step.
        warmup: generator iterations at the start that get `long` critic steps each.
        refresh: every `refresh`-th generator iteration gets `long` critic steps too; 0 for never.
        long: critic steps of those iterations.

    Raises:
        InputError: if a count is negative, or `n_critic` or `long` below 1.

    Example:
        >>> schedule = CriticSchedule(n_critic=5, warmup=25, refresh=500)
        >>> [schedule.critic_steps(iteration) for iteration in (0, 24, 25, 499, 500, 501)]
        [100, 100, 5, 5, 100, 5]
    """

    n_critic: Count = 5
    warmup: Natural = 0
    refresh: Natural = 0
    long: Count = 100

    def critic_steps(self, iteration: int) -> int:
        """Critic steps before the generator step number `iteration`, counted from 0."""
        refreshed = self.refresh > 0 and iteration % self.refresh == 0
        return self.long if iteration < self.warmup or refreshed else self.n_critic
