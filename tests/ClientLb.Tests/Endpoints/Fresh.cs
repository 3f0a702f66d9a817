using ClientLb.Endpoints;

namespace ClientLb.Tests.Endpoints;

/// <summary>What has just been born.</summary>
internal static class Fresh
{
    /// <summary>The load of an endpoint that was born at a moment.</summary>
    public static EndpointLoad Load(long now) => new Endpoint(new("host", 1), new MonotonicClock(new At(now))).Load;

    /// <summary>An endpoint that was born when time began.</summary>
    public static Endpoint Endpoint() => new(new("host", 1), new MonotonicClock(new At(0)));

    private sealed class At(long ticks) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;
    }
}
