using Polly;
using Polly.Retry;

namespace ClientLb.Benchmarks.Suites;

/// <summary>What one writes by hand: three ports in turn, and a Polly pipeline of call timeout, retry and attempt timeout.</summary>
internal sealed class HandWrittenHandler : DelegatingHandler
{
    private static readonly string[] Authorities = ["http://10.0.0.1:8080", "http://10.0.0.2:8080", "http://10.0.0.3:8080"];

    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>()
        .AddTimeout(TimeSpan.FromSeconds(30))
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is not null || (int)arguments.Outcome.Result!.StatusCode >= 500),
        })
        .AddTimeout(TimeSpan.FromSeconds(10))
        .Build();

    private uint _turn;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(
            static (state, token) => new ValueTask<HttpResponseMessage>(state.Handler.SendOnceAsync(state.Request, token)),
            (Handler: this, Request: request), cancellationToken);

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var logical = request.RequestUri!;
        request.RequestUri = new Uri(Authorities[Interlocked.Increment(ref _turn) % (uint)Authorities.Length] + logical.PathAndQuery);
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            request.RequestUri = logical;
        }
    }
}
