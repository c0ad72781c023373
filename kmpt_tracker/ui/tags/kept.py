"""Parts of pages that are drawn once for an object, as long as the object is kept."""

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token

register = template.Library()


@register.tag
def once(parser: Parser, token: Token) -> "OnceNode":
    """`{% once chart "table" %}…{% endonce %}`: the content, drawn once for the object.

    The object has `rendered`, a dict; the name tells several parts of it apart. The content may
    show this object, and what is the same wherever the object is shown: no address of the page, no
    person and no clock.
    """
    try:
        _, of, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("once takes an object and a name.") from None
    content = parser.parse(["endonce"])
    parser.delete_first_token()
    return OnceNode(parser.compile_filter(of), parser.compile_filter(name), content)


class OnceNode(template.Node):
    def __init__(self, of: FilterExpression, name: FilterExpression, nodelist: NodeList) -> None:
        self.of, self.name, self.nodelist = of, name, nodelist

    def render(self, context: template.Context) -> str:
        rendered, name = self.of.resolve(context).rendered, self.name.resolve(context)
        if name not in rendered:
            rendered[name] = self.nodelist.render(context)
        return rendered[name]
