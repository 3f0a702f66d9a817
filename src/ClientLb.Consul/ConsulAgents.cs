using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>The agents that may be asked. All watches of the process use the same one until it fails, then the next.</summary>
internal sealed class ConsulAgents
{
    private readonly Uri[] _agents;
    private readonly ILogger _logger;
    private int _current;

    public ConsulAgents(IEnumerable<string> addresses, ILogger logger)
    {
        _agents = [.. addresses.Select(static a =>
            ConsulAddress.TryParse(a, out var uri) ? uri : throw new FormatException($"'{a}' is no address of an agent."))];
        _logger = logger;
    }

    public int Count => _agents.Length;

    /// <summary>The agent of this machine: what this process registers is its.</summary>
    public Uri First => _agents[0];

    public Uri Current => _agents[Volatile.Read(ref _current)];

    /// <summary>Goes on to the next agent, once for all who have seen the same one fail.</summary>
    public void MoveOn(Uri failed)
    {
        var current = Volatile.Read(ref _current);
        var next = (current + 1) % _agents.Length;
        if (next != current && _agents[current] == failed && Interlocked.CompareExchange(ref _current, next, current) == current)
        {
            ConsulLog.OtherAgent(_logger, _agents[next], failed);
        }
    }
}
