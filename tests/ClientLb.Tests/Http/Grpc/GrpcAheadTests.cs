using System.Net;
using System.Net.Http.Headers;
using ClientLb.Endpoints;
using ClientLb.Http.Grpc;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Http.Grpc;

public sealed class GrpcAheadTests : IDisposable
{
    private const string Message = "\0\0\0\0\u0003abc";

    private readonly VirtualTime _time = new();
    private readonly MonotonicClock _clock;
    private readonly Endpoint _endpoint;
    private readonly GrpcMethod _method = new("/shop.Orders/Watch", true);
    private readonly ScriptedStream _body = new();

    public GrpcAheadTests()
    {
        _clock = new MonotonicClock(_time);
        _endpoint = new Endpoint(TestCluster.At(1), _clock);
    }

    public void Dispose() => _body.Dispose();

    [Fact]
    public async Task Attempt_that_is_stopped_while_it_waits_for_its_first_byte_is_no_answer()
    {
        using var stop = new CancellationTokenSource();
        var completing = CompleteAsync(isUnary: false, stop.Token);
        await _body.ReadWaits.Task;

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => completing);
        Assert.True(_body.IsDisposed);
    }

    [Fact]
    public async Task Answer_without_a_byte_is_handed_out_after_a_while_and_is_not_the_attempts_any_more()
    {
        using var stop = new CancellationTokenSource();
        var completing = CompleteAsync(isUnary: false, stop.Token);
        await _body.ReadWaits.Task;
        _time.Advance(0.1);
        using var response = await completing;
        Assert.False(Assert.IsType<GrpcAheadContent>(response.Content).HasBegun);

        await stop.CancelAsync();
        var reading = response.Content.ReadAsStringAsync(CancellationToken.None);
        _body.Feed("late").Finish();

        Assert.Equal("late", await reading);
    }

    [Fact]
    public async Task Message_is_held_back_until_the_status_but_not_for_long()
    {
        Teach();
        _body.Feed(Message);
        var completing = CompleteAsync(isUnary: true, CancellationToken.None);
        await _body.ReadWaits.Task;
        Assert.False(completing.IsCompleted);
        _time.Advance(0.1);

        // It may be a stream: its caller has what there is, and then what follows.
        using var response = await completing;
        Assert.True(Assert.IsType<GrpcAheadContent>(response.Content).HasBegun);
        Assert.False(_method.IsUnary);
        var stream = await response.Content.ReadAsStreamAsync();
        var bytes = new byte[100];
        Assert.Equal(Message.Length, await stream.ReadAsync(bytes));
        var reading = stream.ReadAsync(bytes);
        Assert.False(reading.IsCompleted);
        _body.Feed(Message + Message).Finish();
        Assert.Equal(2 * Message.Length, await reading);
        Assert.Equal(0, await stream.ReadAsync(bytes));
    }

    [Fact]
    public async Task Status_that_comes_within_the_moment_ends_the_look()
    {
        Teach();
        _body.Feed(Message);
        var completing = CompleteAsync(isUnary: true, CancellationToken.None);
        await _body.ReadWaits.Task;
        _time.Advance(0.05);
        _body.Finish();

        using var response = await completing;

        Assert.True(_method.IsUnary);
        Assert.Equal(Message, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Second_message_ends_the_look_at_once()
    {
        _body.Feed(Message).Feed(Message);

        using var response = await CompleteAsync(isUnary: true, CancellationToken.None);

        Assert.Equal(Message + Message, await ReadAsync(response, 2 * Message.Length));
    }

    [Fact]
    public async Task Silence_behind_the_headers_of_a_method_that_is_taken_for_unary_is_cut_once_and_never_again()
    {
        Teach();
        using var stop = new CancellationTokenSource();
        var first = CompleteAsync(isUnary: true, stop.Token);
        await _body.ReadWaits.Task;
        _time.Advance(5);
        Assert.False(first.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAsync<GrpcSilentException>(() => first);
        _method.NoteCut(wasSilent: true, 0);

        await using var next = new ScriptedStream();
        var second = CompleteAsync(isUnary: true, CancellationToken.None, next);
        await next.ReadWaits.Task;
        _time.Advance(0.1);

        using var response = await second;
        Assert.True(_method.IsUnary);
        Assert.False(Assert.IsType<GrpcAheadContent>(response.Content).HasBegun);
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, int count)
    {
        var bytes = new byte[count];
        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(bytes);
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    private void Teach()
    {
        for (var i = 0; i < GrpcMethod.Believed; i++)
        {
            _method.Learn(1);
        }
    }

    private Task<HttpResponseMessage> CompleteAsync(bool isUnary, CancellationToken cancellationToken, ScriptedStream? body = null)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Version = HttpVersion.Version20, Content = new StreamContent(body ?? _body) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return GrpcAhead.CompleteAsync(Task.FromResult(response), _method, isUnary, _endpoint, _clock, cancellationToken);
    }
}
