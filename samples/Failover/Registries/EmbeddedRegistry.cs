using ClientLb.DependencyInjection;
using ClientLb.Discovery;
using ClientLb.Samples.Failover.Backends;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Samples.Failover.Registries;

/// <summary>A registry inside this process: whoever beats is passing, whoever has not for two seconds is critical, whoever says so is gone.</summary>
internal sealed class EmbeddedRegistry : IRegistry
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(2);

    private readonly EmbeddedEndpointSource _source = new();
    private readonly Timer _timer;

    public EmbeddedRegistry() => _timer = new(_ => _source.Expire(TimeToLive), null, 250, 250);

    public string Name => "embedded";

    public Uri? Agent => null;

    public void AddTo(IClientLbBuilder clientLb) => clientLb.Services.AddSingleton<IEndpointSource>(_source);

    public void Hear(string id, string line)
    {
        switch (line.Split(' '))
        {
            case [BackendReport.Beat, var address]:
                _source.Beat(id, address);
                break;
            case [BackendReport.Gone, _]:
                _source.Remove(id);
                break;
        }
    }

    public Task KillAsync()
    {
        _source.Break();
        return Task.CompletedTask;
    }

    public Task RestartAsync(CancellationToken cancellationToken)
    {
        _source.Repair();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
