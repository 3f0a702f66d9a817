using System.Net;
using ClientLb.DependencyInjection;
using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Registries;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Samples.Failover.Overload;

/// <summary>A list that stays as it is: what becomes of the backends the balancer must find out by itself.</summary>
internal sealed class FixedRegistry : IRegistry
{
    private readonly List<EndpointDescriptor> _endpoints = [];

    public string Name => "fixed";

    public Uri? Agent => null;

    public void AddTo(IClientLbBuilder clientLb)
    {
        lock (_endpoints)
        {
            clientLb.AddCluster("orders", [.. _endpoints]);
        }
    }

    public void Hear(string id, string line)
    {
        if (line.Split(' ') is not [Backends.BackendReport.Beat, var address])
        {
            return;
        }

        lock (_endpoints)
        {
            if (!_endpoints.Exists(endpoint => endpoint.Id == id))
            {
                var at = IPEndPoint.Parse(address);
                _endpoints.Add(new(at.Address.ToString(), at.Port) { Id = id });
            }
        }
    }

    public Task KillAsync() => Task.CompletedTask;

    public Task RestartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
