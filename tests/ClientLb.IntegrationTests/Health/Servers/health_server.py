"""A server of grpc.health.v1 on Google's own gRPC library. Messages are written by hand, since the package of the service is not everywhere.

Usage: health_server.py ADDRESS [no-watch]
Says its port. Then each line of input is an order: SERVICE STATUS (SERVICE may be -, the server as a whole), or "end" for every open watch.
"""
import sys
import threading
from concurrent import futures

import grpc

STATUSES = {"UNKNOWN": 0, "SERVING": 1, "NOT_SERVING": 2, "SERVICE_UNKNOWN": 3}


class Health(grpc.GenericRpcHandler):
    def __init__(self, has_watch):
        self.has_watch = has_watch
        self.statuses = {"": "SERVING"}
        self.round = 0
        self.changed = threading.Condition()

    def service(self, details):
        if details.method == "/grpc.health.v1.Health/Check":
            return grpc.unary_unary_rpc_method_handler(self.check)
        if details.method == "/grpc.health.v1.Health/Watch" and self.has_watch:
            return grpc.unary_stream_rpc_method_handler(self.watch)
        return None

    def check(self, request, context):
        status = self.statuses.get(name_of(request))
        if status is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return message(status)

    def watch(self, request, context):
        name = name_of(request)
        context.add_callback(self.wake)
        with self.changed:
            begun = self.round
        last = None
        while context.is_active():
            with self.changed:
                status = self.statuses.get(name, "SERVICE_UNKNOWN")
                if status == last and begun == self.round:
                    self.changed.wait(0.5)
                    continue
                if begun != self.round:
                    return
            last = status
            yield message(status)

    def wake(self):
        with self.changed:
            self.changed.notify_all()

    def order(self, words):
        with self.changed:
            if words == ["end"]:
                self.round += 1
            else:
                self.statuses["" if words[0] == "-" else words[0]] = words[1]
            self.changed.notify_all()


def name_of(request):
    return request[2:2 + request[1]].decode() if request else ""


def message(status):
    # As a library writes it: the zero of an enumeration is not written at all.
    return b"\x08" + bytes([STATUSES[status]]) if STATUSES[status] else b""


def main():
    health = Health("no-watch" not in sys.argv)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), handlers=(health,))
    port = server.add_insecure_port(sys.argv[1] + ":0")
    server.start()
    print(port, flush=True)
    for line in sys.stdin:
        health.order(line.split())
        print("ok", flush=True)
    server.stop(None)


main()
