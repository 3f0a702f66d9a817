using System.Net;
using System.Net.Http.Headers;
using ClientLb.Endpoints;
using ClientLb.Http.Grpc;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Http.Grpc;

public sealed class GrpcAheadTests : IDisposable
{
    private readonly VirtualTime _time = new();
    private readonly MonotonicClock _clock;
    private readonly Endpoint _endpoint;
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

    private Task<HttpResponseMessage> CompleteAsync(bool isUnary, CancellationToken cancellationToken)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Version = HttpVersion.Version20, Content = new StreamContent(_body) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return GrpcAhead.CompleteAsync(Task.FromResult(response), isUnary, _endpoint, _clock, cancellationToken);
    }
}
