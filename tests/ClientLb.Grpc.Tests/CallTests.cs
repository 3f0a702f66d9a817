using System.Text;
using ClientLb.Grpc.Tests.Infrastructure;
using ClientLb.Grpc.Tests.Protos;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.Grpc.Tests;

/// <summary>All kinds of calls and all that comes with them, through the balancer, to servers on libraries that others wrote.</summary>
public class CallTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node), OnLibrary(Library.Kestrel)]
    public async Task Unary_call_gets_its_answer(Library library)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To(server);

        for (var i = 0; i < 5; i++)
        {
            var reply = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = $"hello {i}" });

            Assert.Equal((0, $"hello {i}", server.Descriptor.Id), (reply.Status, reply.Sound.Text, reply.Sound.Server));
        }

        await app.NothingInFlightAsync();
        Assert.Equal(5, (await server.StateAsync()).Begun);
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node), OnLibrary(Library.Kestrel)]
    public async Task Server_stream_brings_each_message_as_it_is_said(Library library)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To(server);

        var whole = await GrpcCall.CallAsync(app.Client, "Recite", new Phrase { Text = "tick", Times = 500 });

        Assert.Equal((0, 500), (whole.Status, whole.Sounds.Count));
        Assert.Equal(Enumerable.Range(0, 500), whole.Sounds.Select(static sound => sound.Number));

        // One that does not end gives what it has.
        using var open = await GrpcCall.StartAsync(app.Client, "Recite", new Phrase { Text = "tick", Times = -1 });
        Assert.Equal("tick", (await open.ReadAsync().WaitAsync(s_limit))!.Text);
        Assert.Equal(1, app.InFlight);
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node), OnLibrary(Library.Kestrel)]
    public async Task Client_stream_is_heard_to_its_end(Library library)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To(server);
        using var content = new DuplexContent();

        var starting = GrpcCall.StartAsync(app.Client, "Listen", content);
        foreach (var text in new[] { "one", "two", "three" })
        {
            await content.WriteAsync(new Phrase { Text = text }).WaitAsync(s_limit);
        }

        content.Complete();
        using var call = await starting.WaitAsync(s_limit);
        var reply = await call.EndAsync().WaitAsync(s_limit);

        Assert.Equal((0, "one two three"), (reply.Status, reply.Sound.Text));
        await app.NothingInFlightAsync();
    }

    [Theory]
    [OnLibrary(Library.Python, true), OnLibrary(Library.Node, true), OnLibrary(Library.Kestrel, true)]
    [OnLibrary(Library.Python, false), OnLibrary(Library.Node, false), OnLibrary(Library.Kestrel, false)]
    public async Task Conversation_goes_back_and_forth(Library library, bool isIdempotent)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([server], client => Allow(client, isIdempotent));
        using var content = new DuplexContent();

        using var call = await GrpcCall.StartAsync(app.Client, "Converse", content).WaitAsync(s_limit);
        for (var i = 0; i < 20; i++)
        {
            await content.WriteAsync(new Phrase { Text = $"{i}" }).WaitAsync(s_limit);
            Assert.Equal($"{i}", (await call.ReadAsync().WaitAsync(s_limit))!.Text);
        }

        content.Complete();
        var reply = await call.EndAsync().WaitAsync(s_limit);

        Assert.Equal((0, 0), (reply.Status, reply.Sounds.Count));
        await app.NothingInFlightAsync();
    }

    [Theory]
    [OnLibrary(Library.Python, false), OnLibrary(Library.Node, false), OnLibrary(Library.Kestrel, false)]
    [OnLibrary(Library.Python, true), OnLibrary(Library.Node, true), OnLibrary(Library.Kestrel, true)]
    public async Task Error_is_the_answer_and_its_message_is_percent_encoded(Library library, bool afterHeaders)
    {
        const string Detail = "100 % wrong: naïve – 壊れた\nnext line";
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([server], static client => Allow(client, true));

        foreach (var method in new[] { "Say", "Recite" })
        {
            var reply = await GrpcCall.CallAsync(app.Client, method, new Phrase { Status = 5, Detail = Detail, AfterHeaders = afterHeaders });

            Assert.Equal((5, Detail, 0), (reply.Status, reply.Message, reply.Sounds.Count));
            Assert.Equal(!afterHeaders, reply.IsTrailersOnly);
        }

        // NOT_FOUND is an answer like any other.
        Assert.Equal(0, app.Endpoint(server).Health.Window.Read(app.Cluster.Clock.Now).Failures);
        Assert.Equal(2, (await server.StateAsync()).Begun);
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node), OnLibrary(Library.Kestrel)]
    public async Task Stream_may_end_with_an_error_after_its_messages(Library library)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([server], static client => Allow(client, true));

        var reply = await GrpcCall.CallAsync(app.Client, "Recite", new Phrase { Text = "so far", Times = 3, Status = 14, Detail = "no more" });

        // What the caller has had can't be taken back: no other attempt, and the endpoint has failed.
        Assert.Equal((14, "no more", 3), (reply.Status, reply.Message, reply.Sounds.Count));
        Assert.Equal(1, (await server.StateAsync()).Begun);
        Assert.Equal(1, app.Endpoint(server).Health.Window.Read(app.Cluster.Clock.Now).Failures);
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Kestrel)]
    public async Task Compressed_answer_comes_as_it_was_sent(Library library)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([server], static client => Allow(client, true));
        var text = new string('a', 100_000);

        foreach (var (method, times) in new[] { ("Say", 1), ("Recite", 5) })
        {
            var reply = await GrpcCall.CallAsync(app.Client, method, new Phrase { Text = text, Times = times, Compressed = true },
                static request => request.Headers.Add("grpc-accept-encoding", "identity,gzip"));

            Assert.Equal((0, "gzip", times), (reply.Status, reply.Encoding, reply.Sounds.Count));
            Assert.All(reply.Sounds, sound => Assert.Equal(text, sound.Text));
        }
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node)]
    public async Task Compressed_message_goes_out_as_it_is(Library library)
    {
        // @grpc/grpc-js compresses no answers, so this is what can be shown of it.
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To(server);

        var reply = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = new string('b', 100_000) }, static request => request.Headers.Add("grpc-encoding", "gzip"), isCompressed: true);

        Assert.Equal((0, 100_000), (reply.Status, reply.Sound.Text.Length));
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node), OnLibrary(Library.Kestrel)]
    public async Task Metadata_goes_both_ways(Library library)
    {
        var token = Convert.ToBase64String([0, 1, 254, 255]);
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([server], static client => Allow(client, true));

        var reply = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" }, request =>
        {
            request.Headers.Add("x-shelf", "seven");
            request.Headers.Add("x-token-bin", token);
        });

        Assert.Equal("seven", Encoding.UTF8.GetString(reply.Sound.Heard["x-shelf"].Span));
        Assert.Equal([0, 1, 254, 255], reply.Sound.Heard["x-token-bin"].ToByteArray());
        foreach (var headers in new[] { reply.Headers, reply.Trailers })
        {
            Assert.Equal("seven", headers.GetValues("x-shelf").Single());

            // Libraries may leave out the padding.
            Assert.Equal(token.TrimEnd('='), headers.GetValues("x-token-bin").Single().TrimEnd('='));
        }
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node), OnLibrary(Library.Kestrel)]
    public async Task Deadline_is_known_to_the_server_and_ends_the_call(Library library)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To(server);

        var quick = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" }, static request => request.Headers.Add("grpc-timeout", "30S"));
        Assert.Equal(0, quick.Status);
        Assert.InRange(quick.Sound.LeftMs, 1, 30_000);

        var late = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { PauseMs = 5000 }, static request => request.Headers.Add("grpc-timeout", "300m")).WaitAsync(s_limit);
        Assert.Equal(4, late.Status);
        await app.NothingInFlightAsync();
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node), OnLibrary(Library.Kestrel)]
    public async Task Cancellation_reaches_the_server(Library library)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To(server);

        // Before the headers, and after the first message.
        using var cancel = new CancellationTokenSource();
        var waiting = GrpcCall.CallAsync(app.Client, "Say", new Phrase { PauseMs = 30_000, Status = 3 }, cancellationToken: cancel.Token);
        var open = await GrpcCall.StartAsync(app.Client, "Recite", new Phrase { Times = -1 });
        Assert.NotNull(await open.ReadAsync().WaitAsync(s_limit));
        await Eventually.IsTrueAsync(async () => (await server.StateAsync()).Open == 2, s_limit, "both calls have come");

        await cancel.CancelAsync();
        open.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(s_limit));
        await app.NothingInFlightAsync();
        await Eventually.IsTrueAsync(async () => (await server.StateAsync()) is { Cancelled: 2 }, s_limit, "the server has heard of both");
        Assert.Equal(0, app.Endpoint(server).Health.Window.Read(app.Cluster.Clock.Now).Failures);
    }

    [Theory]
    [OnLibrary(Library.Python, StatusPlace.Headers), OnLibrary(Library.Node, StatusPlace.Headers), OnLibrary(Library.Kestrel, StatusPlace.Headers)]
    [OnLibrary(Library.Python, StatusPlace.Trailers), OnLibrary(Library.Node, StatusPlace.Trailers), OnLibrary(Library.Kestrel, StatusPlace.Trailers)]
    public async Task Further_attempt_goes_elsewhere_and_says_which_it_is(Library library, StatusPlace place)
    {
        await using var bad = await Parrots.StartAsync(library);
        await using var good = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([bad, good], static client => Allow(client, true), static cluster => cluster.Policy = "round_robin");

        // A method that has answered with one message several times is taken for unary.
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(0, (await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" })).Status);
        }

        var before = (Bad: (await bad.StateAsync()).Begun, Good: (await good.StateAsync()).Begun);
        await bad.FailAsync(14, place);
        for (var i = 0; i < 4; i++)
        {
            var reply = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" });

            Assert.Equal((0, good.Descriptor.Id), (reply.Status, reply.Sound.Server));
            if (reply.Sound.Heard.TryGetValue("grpc-previous-rpc-attempts", out var number))
            {
                Assert.Equal("1", number.ToStringUtf8());
            }
        }

        Assert.InRange((await bad.StateAsync()).Begun - before.Bad, 1, 4);
        Assert.Equal(4, (await good.StateAsync()).Begun - before.Good);
    }

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node)]
    public async Task Further_attempt_carries_what_is_left_of_the_deadline(Library library)
    {
        await using var frozen = library == Library.Node ? await ParrotProcess.StartNodeAsync() : await ParrotProcess.StartPythonAsync();
        await using var good = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([frozen, good], static client =>
        {
            Allow(client, true);
            client.Timeouts.Attempt = TimeSpan.FromSeconds(1);
        }, static cluster => cluster.Policy = "round_robin");
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(0, (await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" })).Status);
        }

        frozen.Freeze();
        var attempts = new List<Sound>();
        for (var i = 0; i < 2; i++)
        {
            var reply = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" }, static request => request.Headers.Add("grpc-timeout", "60S"));
            Assert.Equal((0, good.Descriptor.Id), (reply.Status, reply.Sound.Server));
            attempts.Add(reply.Sound);
        }

        // One at least of two calls in turn has met the frozen one, and has waited there for its attempt's whole second.
        var further = attempts.Where(static sound => sound.Heard.ContainsKey("grpc-previous-rpc-attempts")).ToList();
        Assert.NotEmpty(further);
        Assert.All(further, static sound => Assert.InRange(sound.LeftMs, 1, 59_000));
    }

    private static void Allow(Http.LoadBalancedClientOptions client, bool isIdempotent)
    {
        if (isIdempotent)
        {
            client.Grpc.IdempotentMethods.Add("/clientlb.tests.Parrot/*");
        }
    }
}
