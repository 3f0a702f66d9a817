namespace ClientLb.Simulation.Model;

/// <summary>How large a system is, and how long it is watched.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Clients">Clients, each with a balancer of its own that hears nothing of the others.</param>
/// <param name="Servers">Servers.</param>
/// <param name="Cores">Cores of each server.</param>
/// <param name="Seconds">The length of a run.</param>
/// <param name="MeanWork">The mean of a request's work, in seconds.</param>
/// <param name="Patience">The clients' time limit where servers hang, in seconds.</param>
internal sealed record Size(string Name, int Clients, int Servers, int Cores, double Seconds, double MeanWork, double Patience)
{
    /// <summary>Small, medium, large and sparse, tiny, a gateway (few clients, many servers), a host of clients.</summary>
    public static IReadOnlyList<Size> All { get; } =
    [
        new("S", 20, 10, 4, 20, 0.0015, 0.5),
        new("M", 100, 50, 2, 12, 0.0015, 0.5),
        new("L", 200, 200, 1, 60, 0.015, 2),
        new("T", 2, 5, 4, 20, 0.0015, 0.5),
        new("G", 2, 100, 4, 6, 0.0015, 0.5),
        new("H", 1000, 20, 8, 10, 0.0015, 0.5),
    ];

    public static Size Named(string name) => All.First(size => size.Name == name);
}
