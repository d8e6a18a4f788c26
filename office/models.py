"""What staff ask to be done in the background."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One training or rollback, from the moment somebody asks for it; written by office.jobs alone."""

    class Kind(models.TextChoices):
        RETRAIN = "retrain", _("Retrain")
        ROLL_BACK = "roll_back", _("Roll back")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Why(models.TextChoices):
        COMMAND = "command", _("The command failed; its last lines say why.")
        KILLED = "killed", _("The process was killed, perhaps because the machine's memory ran out.")
        LOST = "lost", _("The worker that ran it is gone. A new training goes on from its last epoch.")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    model = models.CharField(max_length=40)
    data = models.CharField(max_length=20, blank=True, help_text="what a training learns from: catalogue or feed")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    open_for = models.CharField(
        max_length=40, null=True, unique=True, help_text="the model, until the job has ended: it has one open job"
    )
    why = models.CharField(max_length=10, choices=Why.choices, blank=True, help_text="why it failed")
    percent = models.PositiveSmallIntegerField(null=True)
    log = models.TextField(blank=True, help_text="the last lines of what it said")
    result = models.JSONField(default=dict, help_text="see office.outcomes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    worker = models.CharField(max_length=120, blank=True, help_text="who runs it, as the lease names them")
    cancel_asked = models.BooleanField(default=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="job_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.model}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def seconds(self) -> float | None:
        """How long it ran; None until it has ended."""
        return (self.ended_at - self.started_at).total_seconds() if self.started_at and self.ended_at else None

    @property
    def last_line(self) -> str:
        return self.log.rpartition("\n")[2]
