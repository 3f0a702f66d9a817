using ClientLb.AspNetCore.Concurrency;
using ClientLb.AspNetCore.Deadlines;
using ClientLb.AspNetCore.Reports;
using ClientLb.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ClientLb.AspNetCore;

/// <summary>What all requests of the process share, however many pipelines they come through: one per container.</summary>
internal sealed class ServerRuntime : IDisposable
{
    private readonly LoadSampler? _sampler;

    public ServerRuntime(
        ClientLbServerOptions options, TimeProvider time, IRandomSource random, ServerMetrics metrics, ILogger logger, Func<TimeSpan> processorTime)
    {
        Time = time;
        Metrics = metrics;
        Exempt = [.. options.Exempt.Select(static path => new PathString(path))];
        Gate = new RequestGate(options.MaxConcurrentRequests, options.QueueLength);
        Deadlines = new DeadlineReader(options, metrics);
        _sampler = options.LoadReport == LoadReportFormat.None ? null : new LoadSampler(options, time, processorTime, logger);
        Reporter = new LoadReporter(options.InFlightHeader, Gate, _sampler);
        Answers = new ServerAnswers(options, Reporter, metrics, time, random, logger);
        metrics.Observe(Gate);
    }

    public TimeProvider Time { get; }

    public ServerMetrics Metrics { get; }

    /// <summary>Paths that are left alone.</summary>
    public PathString[] Exempt { get; }

    public RequestGate Gate { get; }

    public DeadlineReader Deadlines { get; }

    public LoadReporter Reporter { get; }

    public ServerAnswers Answers { get; }

    public void Dispose() => _sampler?.Dispose();
}
