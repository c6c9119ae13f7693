# SPDX-License-Identifier: MIT
"""Files of one layer form no circle, neither by what they call nor by what they include."""

import objects
from check_layers import includes, layer_of, noun_of


def _reached(edges, start):
    seen, left = set(), [start]
    while left:
        for other in edges.get(left.pop(), ()):
            if other not in seen:
                seen.add(other)
                left.append(other)
    return seen


def circles_in(edges):
    """edges: node -> {node: why}. Groups of nodes that all reach each other, by name."""
    reached = {node: _reached(edges, node) for node in edges}
    groups = {frozenset(other for other in reached[node] if node in reached.get(other, ())) | {node}
              for node in edges if node in reached[node]}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _complaints(edges, what, place):
    for group in circles_in(edges):
        lines = [f"\t{node} -> {other}: {why}" for node in group
                 for other, why in sorted(edges[node].items()) if other in group]
        yield "\n".join([f"{place(group[0])}:1: {len(group)} files {what} in a circle:", *lines])


def calls(files):
    """Archive -> {source: {source: a symbol}} of the product's objects."""
    homes = {(item.target, name): item for item in files for name in item.defined}
    edges = {}
    for item in files:
        of_archive = edges.setdefault(item.target, {})
        row = of_archive.setdefault(item.source, {})
        for name in sorted(item.wanted):
            home = homes.get((item.target, name))
            if home and home is not item:
                row.setdefault(home.source, name)
    return edges


def _inclusions(tree):
    """Layer -> {noun: {noun: header}}; a header and a source of one name are one noun."""
    known = {noun_of(path) for path in tree.c_files()}
    edges = {}
    for path, _, kind, header in includes(tree):
        who, noun, other = layer_of(path), noun_of(path), noun_of(header)
        if kind == '"' and who and who == layer_of(header) and noun != other and other in known:
            edges.setdefault(who, {}).setdefault(noun, {}).setdefault(other, header)
    return edges


def circles(tree):
    for _, edges in sorted(_inclusions(tree).items()):
        yield from _complaints(edges, "include each other", lambda noun: next(
            path for path in (noun, noun + ".h", noun + ".c") if path in tree.paths))
    try:
        files = objects.product(tree)
    except objects.Stale as stale:
        yield from str(stale).split("\n")
        return
    for _, edges in sorted(calls(files).items()):
        yield from _complaints(edges, "call each other", lambda path: path)
