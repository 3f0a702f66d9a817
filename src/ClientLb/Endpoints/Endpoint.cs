namespace ClientLb.Endpoints;

/// <summary>
/// One live endpoint of a cluster, keyed by (Id, Host, Port). It survives every update of its descriptor with its counters; a
/// changed address is a new endpoint, and the old one drains.
/// </summary>
public sealed class Endpoint
{
    /// <summary>What attempts count here.</summary>
    internal EndpointNumbers Hot;

    private volatile EndpointDescriptor _descriptor;

    /// <summary>Creates a live endpoint. Clusters do that; a test of a policy may too.</summary>
    /// <param name="descriptor">What the source says of it.</param>
    /// <param name="clock">The clock of its cluster.</param>
    public Endpoint(EndpointDescriptor descriptor, MonotonicClock clock)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(clock);
        _descriptor = descriptor;
        Id = descriptor.Id;
        Host = descriptor.Host;
        Port = descriptor.Port;
        Authority = EndpointDescriptor.Authority(Host, Port);
        BornAt = clock.Now;
        Hot.LastByteAt = BornAt;
        Hot.Limit = EndpointLoad.NoLimit;
        Hot.SampledUntil = EndpointLoad.SampledInFull;
        Limits = new EndpointLimits(this);
        Health = new EndpointHealth(this);
    }

    /// <summary>What it is called.</summary>
    public string Id { get; }

    /// <summary>A host name or an IP address.</summary>
    public string Host { get; }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary><c>host:port</c> as it stands in a URI.</summary>
    public string Authority { get; }

    /// <summary>When this process first heard of it, in ticks of <see cref="MonotonicClock"/>.</summary>
    public long BornAt { get; }

    /// <summary>What the source says of it now.</summary>
    public EndpointDescriptor Descriptor
    {
        get => _descriptor;
        internal set => _descriptor = value;
    }

    /// <summary>What is in flight there and how quickly it answers.</summary>
    public EndpointLoad Load => new(this);

    /// <summary>Its health, and why.</summary>
    public EndpointHealth Health { get; }

    /// <summary>What bounds the attempts that wait there.</summary>
    internal EndpointLimits Limits { get; }

    /// <summary>What it reports of its own load.</summary>
    internal ReportedLoad Reported { get; } = new();

    /// <summary>The last list that named it, by number: written and read by the cluster's loop alone.</summary>
    internal int Listing { get; set; }

    internal LatencyHistogram Latencies { get; } = new();

    /// <summary>What faces keep per endpoint (connections): disposed when the endpoint is retired.</summary>
    internal EndpointResources Resources { get; } = new();

    /// <inheritdoc />
    public override string ToString() => Id == Authority ? Authority : $"{Id} ({Authority})";
}
