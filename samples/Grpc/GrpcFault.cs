using ClientLb.Samples.Failover.Scenarios;

namespace ClientLb.Samples.Grpc;

/// <summary>What is done to one of the three servers.</summary>
internal sealed class GrpcFault(string word, string story, Func<OrdersServer, Task> hurt, Func<OrdersServer, Task> heal) : Fault
{
    /// <summary>All of them, each with another victim.</summary>
    public static IReadOnlyList<GrpcFault> All { get; } =
    [
        new("kill", "one server is killed with SIGKILL, and started again later", static server => server.KillAsync(), static server => server.StartAsync()) { Victim = 0, Refuses = true },
        new("freeze", "one server is frozen with SIGSTOP: its connections stay open, nothing answers", static server => server.FreezeAsync(), static server => server.ThawAsync()) { Victim = 1, Silences = true },
        new("unavailable", "one server answers 200 to everything, and UNAVAILABLE in the trailers", static server => server.TellAsync("fail"), static server => server.TellAsync("heal")) { Victim = 2, Fails = true },
    ];

    /// <summary>What it is called on the command line.</summary>
    public string Word => word;

    /// <summary>How the client is balanced that meets it.</summary>
    public Way Way { get; private set; } = Way.Handler;

    public override string Name => $"{word}, {Way.Name}";

    public override string Story => story;

    /// <summary>Which of the three it is.</summary>
    public required int Victim { get; init; }

    public bool Refuses { get; init; }

    public bool Silences { get; init; }

    public bool Fails { get; init; }

    public override bool IsHeardAtOnce => Refuses;

    public override bool ComesBack => Refuses;

    public override bool IsSilent => Silences;

    public override bool FailsFast => Fails;

    /// <summary>The same, met by a client of one of the ways.</summary>
    public GrpcFault By(Way way)
    {
        var fault = (GrpcFault)MemberwiseClone();
        fault.Way = way;
        return fault;
    }

    public Task HurtAsync(OrdersServer server) => hurt(server);

    public Task HealAsync(OrdersServer server) => heal(server);
}
