using ClientLb.Consul.Wire;
using ClientLb.Discovery;
using Consul;

namespace ClientLb.Consul.ConsulPackage;

/// <summary>
/// Asks over a client of the package Consul, which is the user's and stays it. That client knows one agent, and its types carry neither weights nor
/// the metadata of nodes.
/// </summary>
internal sealed class PackageTransport(IConsulClient client, TimeProvider timeProvider) : IConsulTransport
{
    /// <summary>It says nothing of its connections.</summary>
    public bool IsMultiplexed => false;

    public Task<ConsulAnswer> QueryAsync(
        Uri agent, ConsulQuery query, ulong index, TimeSpan wait, ConsulConsistency consistency, CancellationToken cancellationToken, Action? opening = null)
    {
        if (query.Partition is { } partition)
        {
            throw new DiscoveryException(DiscoveryErrorKind.Invalid,
                $"The package Consul can't ask in the partition '{partition}': remove ClientLb:Consul:Partition, or do without UseConsulClient().");
        }

        var options = new QueryOptions
        {
            Consistency = consistency switch
            {
                ConsulConsistency.Stale => ConsistencyMode.Stale,
                ConsulConsistency.Confirmed => ConsistencyMode.Consistent,
                _ => ConsistencyMode.Default,
            },
            Datacenter = query.Datacenter,
            Namespace = query.Namespace,
            Near = query.Near,
            WaitIndex = index,
            WaitTime = index == 0 ? null : wait,
        };
        var deadline = index == 0 ? ConsulClient.Allowance : (wait * 17 / 16) + ConsulClient.Allowance;
        return query.PollInterval is null
            ? RunAsync(agent, deadline, token => AskAsync(query, options, token), cancellationToken)
            : RunAsync(agent, deadline, token => ExecuteAsync(agent, query, options, token), cancellationToken);
    }

    public Task<string> LeaderAsync(Uri agent, TimeSpan deadline, CancellationToken cancellationToken) =>
        RunAsync(agent, deadline, async token => await client.Status.Leader(token).ConfigureAwait(false) ?? "", cancellationToken);

    private async Task<ConsulAnswer> AskAsync(ConsulQuery query, QueryOptions options, CancellationToken cancellationToken)
    {
        var filter = PackageFilter.Of(query);
        var service = Uri.EscapeDataString(query.Service);
        var tag = query.Tags.Count > 0 ? query.Tags[0] : null;
        var result = filter is null
            ? await client.Health.Service(service, tag, false, options, cancellationToken).ConfigureAwait(false)
            : await client.Health.Service(service, tag, false, options, filter, cancellationToken).ConfigureAwait(false);
        return Answer(result, result.Response);
    }

    private async Task<ConsulAnswer> ExecuteAsync(Uri agent, ConsulQuery query, QueryOptions options, CancellationToken cancellationToken)
    {
        var result = await client.PreparedQuery.Execute(Uri.EscapeDataString(query.Service), options, cancellationToken).ConfigureAwait(false);
        return result.Response is { } prepared
            ? Answer(result, prepared.Nodes) with { Failover = prepared.Failovers > 0 ? prepared.Datacenter ?? "" : null }
            : throw ConsulFailure.Of(agent, result.StatusCode, "Query not found");
    }

    private async Task<TResult> RunAsync<TResult>(
        Uri agent, TimeSpan deadline, Func<CancellationToken, Task<TResult>> ask, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(deadline, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ask(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException e)
        {
            throw ConsulFailure.NoAnswer(agent, deadline, e);
        }
        catch (ConsulRequestException e)
        {
            throw ConsulFailure.Of(agent, e.StatusCode, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw ConsulFailure.Of(agent, e);
        }
    }

    private static ConsulAnswer Answer(QueryResult result, ServiceEntry[]? entries) => new(
        [.. (entries ?? []).Select(Entry)], result.LastIndex, result.KnownLeader, result.LastContact);

    private static WireEntry? Entry(ServiceEntry? entry) => entry is null ? null : new()
    {
        Node = entry.Node is not { } node ? null : new() { Node = node.Name, Address = node.Address, Datacenter = node.Datacenter },
        Service = entry.Service is not { } service ? null : new()
        {
            Id = service.ID,
            Address = service.Address,
            Port = service.Port,
            Tags = service.Tags is { } tags ? [.. tags] : null,
            Meta = service.Meta?.ToDictionary(static m => m.Key, static m => (string?)m.Value),
        },
        Checks = entry.Checks is not { } checks ? null
            : [.. checks.Select(static c => new WireCheck { CheckId = c.CheckID, Status = c.Status?.Status })],
    };
}
