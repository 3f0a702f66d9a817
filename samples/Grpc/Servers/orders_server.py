"""The service samples.Orders on Google's gRPC library. Usage: orders_server.py ADDRESS:PORT; port 0 is a free one.

Says its port; then "fail" on its input makes it answer UNAVAILABLE in the trailers of a 200, and "heal" ends that.
"""
import sys
import time
from concurrent import futures

import grpc
from google.protobuf.wrappers_pb2 import StringValue

failing = False


def get(order, context):
    # The headers go first: HTTP has said 200 before the status is known.
    context.send_initial_metadata([])
    if failing:
        context.abort(grpc.StatusCode.UNAVAILABLE, "out of order")
    time.sleep(0.005)
    return StringValue(value=f"order {order.value}, from Python")


handler = grpc.method_handlers_generic_handler("samples.Orders", {
    "Get": grpc.unary_unary_rpc_method_handler(get, StringValue.FromString, StringValue.SerializeToString),
})
server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), handlers=(handler,))
print(server.add_insecure_port(sys.argv[1]), flush=True)
server.start()
for line in sys.stdin:
    failing = line.strip() == "fail"
server.stop(None)
