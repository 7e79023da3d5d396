"""Schemas in the format that a client asks for, such as a Protobuf descriptor in base64."""

from __future__ import annotations

from functools import partial

from assay.contracts import SchemaError
from assay.contracts.compatibility import SchemaText
from assay.contracts.schemas import formatted
from assay.registry.subject_store.looking import texts_of
from assay.registry.subject_store.store import SubjectStore
from assay.registry.subjects.content import Content
from assay.registry.subjects.errors import SchemaInvalidError
from assay.registry.workers import Works

__all__ = ["Formats"]


class Formats:
    """Writes schemas in other formats, in a thread."""

    def __init__(self, store: SubjectStore, workers: Works) -> None:
        self._store = store
        self._workers = workers

    async def of(self, context: str, content: Content, form: str) -> str:
        """The text of a schema in a format, as it is kept where none is named.

        Raises:
            SchemaInvalidError: there is no such format for it.
        """
        if not form or form.lower() == "default":
            return content.text
        texts = await self._store.read(partial(texts_of, context=context, references=content.references))
        schema = SchemaText(content.kind, content.text, texts.get(content.references, {}))
        try:
            return await self._workers.run(partial(formatted, schema, form), len(content.text))
        except SchemaError as error:
            raise SchemaInvalidError(str(error)) from error
