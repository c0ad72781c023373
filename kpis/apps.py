from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"
    verbose_name = "Measures, targets and returns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import m2m_changed, post_migrate, post_save, pre_migrate

        from accounts.record.fixed import fix, put_up_after_migrating, take_away_before_migrating
        from kpis.dated_changes.group_dates import mark_descent, mark_edited
        from kpis.models import Measure, Series, Target
        from kpis.models.fixed import FIXED
        from strategy.models import CareGroup, Plan

        fix(*FIXED)
        for model in (CareGroup, Plan, Measure, Series, Target):
            post_save.connect(mark_edited, sender=model, dispatch_uid=f"edited-{model.__name__}")
        pre_migrate.connect(take_away_before_migrating, sender=self, dispatch_uid="fixed-away")
        post_migrate.connect(put_up_after_migrating, sender=self, dispatch_uid="fixed-up")
        m2m_changed.connect(
            mark_descent, sender=CareGroup.predecessors.through, dispatch_uid="edited-descent"
        )
