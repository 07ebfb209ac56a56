"""Every option as a table, from its declaration."""

from oslo_config import cfg, types

from openlbaas.settings.options import GROUPS


def text() -> str:
    """Write one section for each group."""
    return "\n\n".join(_section(group) for group in GROUPS)


def _section(group: str) -> str:
    head = f"### [{group}]\n\n| option | values | default | meaning |\n|---|---|---|---|\n"
    return head + "\n".join(_row(option) for option in GROUPS[group])


def _row(option: cfg.Opt) -> str:
    values = _values(option)
    default = option.sample_default if option.sample_default is not None else option.default
    shown = ",".join(default) if isinstance(default, list) else str(default)
    older = [f"[{old.group}] {old.name}" for old in option.deprecated_opts]
    also = f" Also read from {', '.join(f'`{name}`' for name in older)}." if older else ""
    return f"| `{option.name}` | {values} | {f'`{shown}`' if shown else ''} | {option.help}{also} |"


def _values(option: cfg.Opt) -> str:
    if isinstance(option, cfg.BoolOpt):
        return "true, false"
    if isinstance(option, cfg.ListOpt):
        return "list, by commas"
    if isinstance(option, cfg.MultiOpt):
        return "text, repeatable"
    if isinstance(option.type, types.Number):
        return _range(option.type)
    if isinstance(option.type, types.String) and option.type.choices:
        return "; ".join(f"`{value}`: {meaning}" for value, meaning in option.type.choices.items())
    return "address" if isinstance(option, cfg.HostAddressOpt) else "text"


def _range(kind: types.Number) -> str:
    what = "whole number" if isinstance(kind, types.Integer) else "number"
    low, high = kind.min, kind.max
    if low is not None and high is not None:
        return f"{what}, {low} to {high}"
    return what if low is None else f"{what}, {low} or more"
