from django.apps import AppConfig


class CipConfig(AppConfig):
    name = "cip"
    verbose_name = "Cost improvement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate

        from accounts.record.fixed import fix
        from accounts.record.guards import guarded_by
        from cip.models.fixed import FIXED
        from cip.models.gated import (
            gated_statements,
            put_up_after_migrating,
            take_away_before_migrating,
        )
        from cip.models.quality import QIASignature
        from cip.qia.guards import wake_guards
        from cip.qia.signed_words import closed, domains_of_closed, signed_texts, take_out
        from kpis.assessments.signals import assessment_changed
        from kpis.withdrawals.words import (
            Within,
            holds_words,
            holds_words_of,
            holds_words_within,
        )

        fix(*FIXED)
        guarded_by(gated_statements)
        holds_words(
            cip__AllocationTransfer=("reason",),
            cip__SchemeStage=("reason",),
            cip__Deliverability=("reason",),
            cip__TargetChange=("reason",),
            cip__WeightChange=("reason",),
            cip__Phasing=("reason",),
            cip__QIADecision=("conditions",),
            cip__QIAReopening=("reason",),
            cip__QIAReview=("findings",),
            cip__LedgerImport=("file_name",),
        )
        holds_words_of("cip.QualityImpactAssessment", ("scope", "equality_impact"), closed)
        holds_words_of("cip.QIADomain", ("description", "mitigation"), domains_of_closed)
        holds_words_within(Within(QIASignature, signed_texts, take_out))
        assessment_changed.connect(wake_guards, dispatch_uid="guards")
        pre_migrate.connect(take_away_before_migrating, sender=self, dispatch_uid="gated-away")
        post_migrate.connect(put_up_after_migrating, sender=self, dispatch_uid="gated-up")
