"""How imports and their plans look in the API."""

from rest_framework import serializers

from annotator.api.shapes import Job


class PlanChoice(serializers.Serializer):
    """One answer, and what it says."""

    value = serializers.CharField()
    text = serializers.CharField()


class PlanQuestion(serializers.Serializer):
    """Something to agree to. Without a proposal it has no answer until a person gives one, and nothing runs."""

    id = serializers.CharField()
    text = serializers.CharField()
    choices = PlanChoice(many=True)
    proposed = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_null=True, help_text="What holds: given, else proposed; null while open.")


class PlanColumn(serializers.Serializer):
    """A column of the table: picture, label, labels, value, metadata, group, split, hash, score or ignored."""

    name = serializers.CharField()
    role = serializers.CharField()
    examples = serializers.ListField(child=serializers.CharField())


class PlanValue(serializers.Serializer):
    """A value of label columns: present, absent, unknown, cant_tell, refuse, or asked while a question is open."""

    text = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    means = serializers.CharField()


class PlanTable(serializers.Serializer):
    """How the table was understood."""

    name = serializers.CharField()
    profile = serializers.CharField()
    picture_column = serializers.CharField(allow_blank=True)
    pictures = serializers.IntegerField()
    matched = serializers.IntegerField()
    labels = serializers.IntegerField()
    columns = PlanColumn(many=True)
    legend = PlanValue(many=True)


class PlanPictures(serializers.Serializer):
    """Pictures of the files: new, there already, in the bin (and of these, brought back), refused."""

    new = serializers.IntegerField()
    known = serializers.IntegerField()
    bin = serializers.IntegerField()
    restored = serializers.IntegerField()
    refused = serializers.IntegerField()


class PlanPerson(serializers.Serializer):
    """How many cells are a person's."""

    name = serializers.CharField()
    count = serializers.IntegerField()


class PlanPeople(serializers.Serializer):
    """Marks of people that the table contradicts."""

    overridden = serializers.BooleanField()
    by = PlanPerson(many=True)


class PlanWithdrawn(serializers.Serializer):
    """Cells that people set back to unknown, or could not tell, and that the table speaks of."""

    marked = serializers.BooleanField()
    by = PlanPerson(many=True)


class PlanLabel(serializers.Serializer):
    """What would become of the cells of one label."""

    name = serializers.CharField()
    is_new = serializers.BooleanField()
    present = serializers.IntegerField()
    absent = serializers.IntegerField()
    cant_tell = serializers.IntegerField()
    same = serializers.IntegerField(help_text="Already so.")
    unknown = serializers.IntegerField(help_text="Cells of the table's pictures that stay unknown.")
    kept = serializers.IntegerField(help_text="Left as they are, because a person said otherwise.")
    cleared = serializers.IntegerField(help_text="Marks set back to unknown.")


class PlanConsequences(serializers.Serializer):
    """What would become of all cells."""

    present = serializers.IntegerField()
    absent = serializers.IntegerField()
    cant_tell = serializers.IntegerField()
    same = serializers.IntegerField()
    unknown = serializers.IntegerField()
    kept = serializers.IntegerField()
    cleared = serializers.IntegerField()
    corrected = serializers.IntegerField()
    people = PlanPeople()
    withdrawn = PlanWithdrawn()
    unsure = PlanWithdrawn()
    labels = PlanLabel(many=True)


class NewLabel(serializers.Serializer):
    """A label that would be made, with those it may be a misspelling of."""

    name = serializers.CharField()
    like = serializers.ListField(child=serializers.CharField())


class LineError(serializers.Serializer):
    """A file, line or cell that does not come in."""

    file = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()


class Plan(serializers.Serializer):
    """What an import would do, before anything is written."""

    pictures = PlanPictures()
    table = PlanTable(allow_null=True)
    questions = PlanQuestion(many=True)
    open = serializers.IntegerField()
    consequences = PlanConsequences(allow_null=True)
    new_labels = NewLabel(many=True)
    errors = LineError(many=True)  # type: ignore[assignment]
    errors_total = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())

    class Meta:
        ref_name = "ImportPlan"


class ImportBrief(serializers.Serializer):
    """An import in the list."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(
        ["planning", "asks", "ready", "running", "done", "stopped", "undoing", "undone", "failed"]
    )
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(allow_null=True)
    job = Job(allow_null=True)
    plan_hash = serializers.CharField(allow_blank=True)
    answers = serializers.DictField(child=serializers.CharField())
    result = serializers.DictField()
    undone = serializers.DictField()


class Import(ImportBrief):
    """An import with its plan; `plan_hash` is what `run` wants."""

    plan = Plan(allow_null=True)
