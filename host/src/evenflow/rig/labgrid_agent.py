"""Run by the Python that has labgrid, never imported: tells of a place, and may hold it.

    python labgrid_agent.py HOST:PORT PLACE show|hold

One line of JSON on stdout: {"tags", "resources": [{"name", "kind", "args"}]}, or {"error"}. With
`hold` the place is acquired first, and released when stdin ends.
"""

import json
import sys
from argparse import Namespace

import grpc
from labgrid.remote import client


def _told(session: client.ClientSession, name: str) -> dict[str, object]:
    place = session.get_place(name)
    resources = []
    for exporter, groups in session.resources.items():
        for group_name, group in groups.items():
            for resource_name, resource in group.items():
                match = place.getmatch((exporter, group_name, resource.cls, resource_name))
                if match is None:
                    continue
                resources.append(
                    {
                        "name": match.rename or resource_name,
                        "kind": resource.cls,
                        "args": dict(resource.args),
                    }
                )
    return {"tags": dict(place.tags), "resources": resources}


def _serve(address: str, name: str, mode: str) -> dict[str, object]:
    arguments = Namespace(place=name, allow_unmatched=True, kick=False)
    session = client.start_session(address, extra={"args": arguments})
    run = session.loop.run_until_complete
    try:
        told = _told(session, name)
        if mode == "show":
            return told
        # It says so on stdout, which is for JSON alone.
        out, sys.stdout = sys.stdout, sys.stderr
        try:
            run(session._acquire_place(name))
            try:
                print(json.dumps(told), file=out, flush=True)
                sys.stdin.read()
            finally:
                run(session._release_place(name))
        finally:
            sys.stdout = out
        return {}
    finally:
        run(session.stop())
        run(session.close())


try:
    answer = _serve(*sys.argv[1:])
except (client.Error, ConnectionError, grpc.RpcError) as error:
    answer = {"error": str(error) or type(error).__name__}
if answer:
    print(json.dumps(answer), flush=True)
