"""The service of parrot.proto on Google's own gRPC library.

Usage: parrot_server.py ADDRESS [OPTION=NUMBER ...]      (an option of the channel, for example grpc.max_connection_age_ms=300)
Says its port. Then each line of input is an order, and is answered by one line:
  fail STATUS WHERE   every call ends with this status, WHERE is headers (nothing else is sent) or trailers (after the headers)
  heal                ends that
  state               how many calls have begun, are open, and were cancelled by their callers
  say STATUS          what grpc.health.v1 says of the server: SERVING or NOT_SERVING
"""
import os
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

HERE = os.path.dirname(os.path.abspath(__file__))
CODES = {code.value[0]: code for code in grpc.StatusCode}
HEALTH = {"SERVING": b"\x08\x01", "NOT_SERVING": b"\x08\x02"}


def messages():
    pool = descriptor_pool.DescriptorPool()
    with open(os.path.join(HERE, "parrot.pb"), "rb") as file:
        for one in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
            pool.Add(one)
    factory = message_factory.MessageFactory(pool)
    return [factory.GetPrototype(pool.FindMessageTypeByName("clientlb.tests." + name)) for name in ("Phrase", "Sound")]


Phrase, Sound = messages()


class Call:
    """Counts one call, sends its metadata back, and fails it where that was ordered."""

    def __init__(self, parrot, context):
        self.parrot = parrot
        self.context = context
        self.was_active = False
        self.back = [(key, value) for key, value in context.invocation_metadata() if key.startswith("x-")]

    def __enter__(self):
        with self.parrot.changed:
            self.parrot.begun += 1
            self.parrot.open += 1
        self.context.add_callback(self.over)
        self.context.set_trailing_metadata(self.back)
        if self.parrot.failure is not None:
            status, where = self.parrot.failure
            if where == "trailers":
                self.context.send_initial_metadata(self.back)
            self.was_active = True
            self.context.abort(CODES[status], "ordered to fail")
        return self

    def __exit__(self, *error):
        # Whose caller has gone is not active any more.
        self.was_active = self.context.is_active()

    def over(self):
        with self.parrot.changed:
            self.parrot.open -= 1
            self.parrot.cancelled += not self.was_active
            self.parrot.changed.notify_all()


class Parrot(grpc.GenericRpcHandler):
    def __init__(self):
        self.name = ""
        self.failure = None
        self.begun = self.open = self.cancelled = 0
        self.health = "SERVING"
        self.changed = threading.Condition()

    def service(self, details):
        forms = {
            "/clientlb.tests.Parrot/Say": (grpc.unary_unary_rpc_method_handler, self.one(self.say)),
            "/clientlb.tests.Parrot/Recite": (grpc.unary_stream_rpc_method_handler, self.many(self.recite)),
            "/clientlb.tests.Parrot/Listen": (grpc.stream_unary_rpc_method_handler, self.one(self.listen)),
            "/clientlb.tests.Parrot/Converse": (grpc.stream_stream_rpc_method_handler, self.many(self.converse)),
        }
        if details.method in forms:
            form, behaviour = forms[details.method]
            return form(behaviour, Phrase.FromString, Sound.SerializeToString)
        if details.method == "/grpc.health.v1.Health/Check":
            return grpc.unary_unary_rpc_method_handler(lambda request, context: HEALTH[self.health])
        if details.method == "/grpc.health.v1.Health/Watch":
            return grpc.unary_stream_rpc_method_handler(self.watch)
        return None

    def one(self, behaviour):
        def run(request, context):
            with Call(self, context) as call:
                return behaviour(request, context, call.back)
        return run

    def many(self, behaviour):
        def run(request, context):
            with Call(self, context) as call:
                yield from behaviour(request, context, call.back)
        return run

    def answer(self, phrase, context, number=0):
        sound = Sound(text=phrase.text, server=self.name, number=number)
        left = context.time_remaining()
        if left is not None and left < 1e9:
            sound.left_ms = int(left * 1000)
        for key, value in context.invocation_metadata():
            sound.heard[key] = value if isinstance(value, bytes) else value.encode()
        return sound

    @staticmethod
    def head(phrase, context, back):
        if phrase.after_headers or not phrase.status:
            if phrase.compressed:
                context.set_compression(grpc.Compression.Gzip)
            context.send_initial_metadata(back)

    @staticmethod
    def finish(phrase, context):
        if phrase.status:
            context.abort(CODES[phrase.status], phrase.detail)

    def say(self, phrase, context, back):
        self.head(phrase, context, back)
        time.sleep(phrase.pause_ms / 1000)
        self.finish(phrase, context)
        return self.answer(phrase, context)

    def recite(self, phrase, context, back):
        self.head(phrase, context, back)
        for number in range(abs(phrase.times)):
            time.sleep(phrase.pause_ms / 1000)
            yield self.answer(phrase, context, number)
        with self.changed:
            while phrase.times < 0 and context.is_active():
                self.changed.wait(0.2)
        self.finish(phrase, context)

    def listen(self, phrases, context, back):
        context.send_initial_metadata(back)
        last = Phrase()
        text = []
        for last in phrases:
            text.append(last.text)
        self.finish(last, context)
        return self.answer(Phrase(text=" ".join(text)), context)

    def converse(self, phrases, context, back):
        context.send_initial_metadata(back)
        for number, phrase in enumerate(phrases):
            time.sleep(phrase.pause_ms / 1000)
            self.finish(phrase, context)
            yield self.answer(phrase, context, number)

    def watch(self, request, context):
        last = None
        while context.is_active():
            if self.health == last:
                with self.changed:
                    self.changed.wait(0.1)
                continue
            last = self.health
            yield HEALTH[last]

    def order(self, words):
        with self.changed:
            if words[0] == "fail":
                self.failure = (int(words[1]), words[2])
            elif words[0] == "heal":
                self.failure = None
            elif words[0] == "say":
                self.health = words[1]
            self.changed.notify_all()
            return f"{self.begun} {self.open} {self.cancelled}" if words[0] == "state" else "ok"


def main():
    parrot = Parrot()
    options = [(name, int(value)) for name, _, value in (option.partition("=") for option in sys.argv[2:])]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=64), handlers=(parrot,), options=options)
    port = server.add_insecure_port(sys.argv[1] + ":0")
    parrot.name = f"{sys.argv[1]}:{port}"
    server.start()
    print(port, flush=True)
    for line in sys.stdin:
        print(parrot.order(line.split()), flush=True)
    server.stop(None)


main()
