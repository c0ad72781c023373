"""A plan's other content: actions, quality priorities, risks, money, context, principles."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from strategy.models.natural_keys import NaturalKey
from strategy.models.plans import Objective, Plan
from strategy.models.provenance import Provenance


def _position_in_plan(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        name=name,
        fields=["plan", "position"],
        violation_error_message="The plan already has a row at that place.",
    )


class Action(NaturalKey, Provenance):
    """Something the plan says will be done; its status has a history of its own."""

    NATURAL_KEY = ("objective__plan__code", "objective__reference", "position")

    noted_as = "action"
    texts = ("statement",)

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="actions")
    position = models.PositiveSmallIntegerField()
    statement = models.TextField()
    due_on = models.DateField(null=True, blank=True)
    due_as_published = models.CharField(max_length=120, blank=True)
    quarter = models.CharField(max_length=12, blank=True, help_text="As 2017/18 Q1.")
    owner = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="action_position_in_objective",
                fields=["objective", "position"],
                violation_error_message="The objective already has an action at that place.",
            )
        ]

    @property
    def plan(self) -> Plan:
        return self.objective.plan

    def __str__(self) -> str:
        return f"{self.objective} action {self.position}"


class ActionStatus(models.Model):
    """The status of an action from a moment on. Append-only."""

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        ON_TRACK = "on_track", "On track"
        AT_RISK = "at_risk", "At risk"
        OFF_TRACK = "off_track", "Off track"
        COMPLETE = "complete", "Complete"

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="statuses")
    status = models.CharField(max_length=12, choices=Status.choices)
    known_from = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.action}: {self.get_status_display()} from {self.known_from:%Y-%m-%d}"


class QualityPriority(NaturalKey, Provenance):
    """A quality priority of an annual plan, under the domain it is printed in."""

    NATURAL_KEY = ("plan__code", "position")

    noted_as = "quality_priority"
    texts = ("title", "statement")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="quality_priorities")
    position = models.PositiveSmallIntegerField()
    domain = models.CharField(max_length=120)
    title = models.CharField(max_length=300, blank=True)
    statement = models.TextField()
    objectives = models.ManyToManyField(Objective, blank=True, related_name="quality_priorities")

    history = HistoricalRecords()

    class Meta:
        constraints = [_position_in_plan("quality_priority_position")]

    def __str__(self) -> str:
        return f"{self.plan.code} quality priority {self.position}"


class Risk(NaturalKey, Provenance):
    """A risk as the plan prints it, with its impact and the trust's response."""

    NATURAL_KEY = ("plan__code", "position")

    noted_as = "risk"
    texts = ("title", "description", "impact", "response")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="risks")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300, blank=True)
    description = models.TextField()
    impact = models.TextField(blank=True)
    response = models.TextField(blank=True)
    objectives = models.ManyToManyField(Objective, blank=True, related_name="risks")

    history = HistoricalRecords()

    class Meta:
        constraints = [_position_in_plan("risk_position")]

    def __str__(self) -> str:
        return f"{self.plan.code} risk {self.position}"


class FinanceLine(NaturalKey, Provenance):
    """A financial figure in a plan: group, line, period, value and how it is printed."""

    NATURAL_KEY = ("plan__code", "position")

    noted_as = "finance"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="finance_lines")
    position = models.PositiveSmallIntegerField()
    group = models.CharField(max_length=160)
    line = models.CharField(max_length=300)
    period = models.CharField(max_length=40, blank=True)
    value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    unit = models.CharField(max_length=40)
    printed_as = models.CharField(max_length=120)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [_position_in_plan("finance_line_position")]

    def __str__(self) -> str:
        return f"{self.plan.code} figure {self.position}: {self.group}, {self.line}"


class ContextFigure(NaturalKey, Provenance):
    """An observed figure printed as context, with a comparator such as the national average."""

    NATURAL_KEY = ("plan__code", "position")

    noted_as = "context_figure"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="context_figures")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=300)
    period = models.CharField(max_length=40, blank=True)
    value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    printed_as = models.CharField(max_length=160, blank=True)
    comparator = models.CharField(max_length=160, blank=True)
    comparator_value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    statement = models.TextField(blank=True)

    class Meta:
        constraints = [_position_in_plan("context_figure_position")]

    def __str__(self) -> str:
        return f"{self.plan.code} context {self.position}: {self.name}"


class PlanStatement(NaturalKey, Provenance):
    """A plan's other texts: principles, values, programmes, gaps, themes, governance dates."""

    NATURAL_KEY = ("plan__code", "position")

    noted_as = "statement"
    texts = ("title", "text")

    class Kind(models.TextChoices):
        """The kind of a statement. A plan is shown under its own headings, in its own order."""

        INTRODUCTION = "introduction", "Introduction"
        PURPOSE = "purpose", "What the plan sets out to do"
        ORGANISATION = "organisation", "About the trust"
        POLICY = "policy", "National policy"
        PRINCIPLE = "principle", "Principles"
        VALUE = "value", "Values"
        CONTEXT = "context", "Context"
        STP_AIM = "stp_aim", "What the STP aims to deliver"
        ACHIEVEMENT = "achievement", "Achievements"
        MUST_NOW = "must_now", "What must be done now"
        STRATEGIC_FOCUS = "strategic_focus", "What the strategies focus on"
        STATED_PRIORITY = "stated_priority", "Priorities as stated"
        ENABLER_NOTE = "enabler_note", "On the enablers"
        FUTURE_VISION = "future_vision", "The future as the plan sees it"
        SERVICE = "service", "Services"
        PATHWAY_STEP = "pathway_step", "Steps of a pathway"
        ACTIVITY = "activity", "Activity"
        QUALITY_PRIORITY_RATIONALE = "quality_priority_rationale", "Why these quality priorities"
        QUALITY_GOVERNANCE = "quality_governance", "How quality is governed"
        LESSON_LEARNT = "lesson_learnt", "Lessons learnt"
        MITIGATION = "mitigation", "What is done about the risks"
        RISK_PROGRESS = "risk_progress", "How work on the risks stands"
        PEOPLE_PILLAR = "people_pillar", "Workforce: the pillars"
        VACANCY = "vacancy", "Long-term vacancies"
        AGENCY_RULE = "agency_rule", "Rules on agency staff"
        FINANCIAL_PLANNING = "financial_planning", "How the finances are planned"
        ASSUMPTION = "assumption", "Assumptions"
        BRIDGE = "bridge", "From last year’s result to this year’s plan"
        CAPITAL = "capital", "Capital"
        CIP_RULE = "cip_rule", "Rules of the savings programme"
        PROGRAMME = "programme", "Programmes"
        GAP = "gap", "The gaps to close"
        THEME = "theme", "Themes"
        WORKSTREAM = "workstream", "Workstreams"
        GOVERNANCE = "governance", "Who meets when"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="statements")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=40, choices=Kind.choices)
    title = models.CharField(max_length=400, blank=True)
    text = models.TextField(blank=True)
    when = models.CharField(max_length=160, blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [_position_in_plan("plan_statement_position")]

    def __str__(self) -> str:
        return f"{self.plan.code} {self.kind} {self.position}"
