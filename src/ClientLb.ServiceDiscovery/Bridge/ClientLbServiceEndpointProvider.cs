using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Bridge;

/// <summary>Answers for one cluster. It keeps nothing: what watches the cluster belongs to the factory.</summary>
internal sealed class ClientLbServiceEndpointProvider(ClientLbServiceEndpointProviderFactory factory, string name, IReadOnlyList<string> schemes) : IServiceEndpointProvider
{
    public async ValueTask PopulateAsync(IServiceEndpointBuilder endpoints, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.Endpoints.Count > 0 || factory.Find(name) is not { } changes)
        {
            // A provider before this one has answered, or no source knows the name: others may.
            return;
        }

        // The token first: a list that comes while this one is read fires it.
        endpoints.AddChangeToken(changes.Token);
        var snapshot = await changes.Cluster.ResolvedAsync(cancellationToken).ConfigureAwait(false);
        foreach (var offered in ClusterChanges.Offered(snapshot))
        {
            if (EndpointTranslation.Write(offered, schemes) is { } endpoint)
            {
                endpoint.Features.Set<IServiceEndpointProvider>(this);
                endpoints.Endpoints.Add(endpoint);
            }
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public override string ToString() => "ClientLb";
}
