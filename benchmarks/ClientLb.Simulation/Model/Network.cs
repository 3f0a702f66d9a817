namespace ClientLb.Simulation.Model;

/// <summary>How long a message takes one way: at least 80 % of the mean delay, and more between zones.</summary>
internal sealed class Network(Cell cell, Chance chance)
{
    private const int Zones = 3;

    private readonly double _delay = cell.Variations.Delay;
    private readonly double _zoneDelay = cell.Variations.ZoneDelay;

    public double Delay() => _delay * (0.8 + chance.Exponential(0.2));

    /// <summary>What the way between a client and a server takes in addition.</summary>
    public double Detour(int client, int server)
    {
        if (_zoneDelay == 0)
        {
            return 0;
        }

        var zone = client < cell.Size.Clients / 2 ? 0 : client % Zones;
        return zone == server % Zones ? 0 : _zoneDelay;
    }
}
