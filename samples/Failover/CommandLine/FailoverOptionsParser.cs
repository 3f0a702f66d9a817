using System.Globalization;
using ClientLb.Samples.Failover.Scenarios;

namespace ClientLb.Samples.Failover.CommandLine;

/// <summary>Reads the command line. Whatever it does not know is an error: a misspelt option must not run something else.</summary>
internal static class FailoverOptionsParser
{
    public static string Usage { get; } = $"""
        ClientLb failover: a steady load through the balancer while backends are hurt.

        dotnet run --project samples/Failover -c Release -- [options]

          --scenario NAME   {string.Join(" | ", Scenario.All.Select(static s => s.Name))} | all (default: all)
          --seconds N       how long a scenario takes, 12 to 3600 (default: 20)
          --rate R          calls a second, 10 to 2000 (default: 200, freeze 50)
          --seed S          decides the jitter (default: 1)
          --json FILE       writes the results as a JSON array
          --embedded        a registry inside this process instead of Consul
          --help            this text

        dotnet run --project samples/Failover -c Release -- {Overload.OverloadProgram.Verb}

          six backends at 80 % of what they can do, of which three are frozen for ten seconds

        Consul: the agent at CONSUL_HTTP_ADDR if that is set (it must run on this machine), else one of its own from the `consul` on the PATH,
        else --embedded. The exit code is 0 when every promise was kept, 1 when one was not, 2 for a wrong option.
        """;

    public static bool TryParse(string[] args, out FailoverOptions options, out string error)
    {
        options = new();
        error = "";
        var queue = new Queue<string>(args);
        while (queue.TryDequeue(out var name))
        {
            if (name == "--embedded")
            {
                options = options with { Embedded = true };
                continue;
            }

            if (name is not ("--scenario" or "--seconds" or "--seed" or "--rate" or "--json"))
            {
                error = $"Unknown option '{name}'.";
                return false;
            }

            if (!queue.TryDequeue(out var value) || value.StartsWith("--", StringComparison.Ordinal))
            {
                error = $"{name} needs a value.";
                return false;
            }

            if (!TryApply(name, value, ref options, out error))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryApply(string name, string value, ref FailoverOptions options, out string error)
    {
        var number = 0;
        error = name switch
        {
            "--scenario" when value != "all" && Scenario.All.All(s => s.Name != value) =>
                $"Unknown scenario '{value}': allowed is {string.Join(", ", Scenario.All.Select(static s => s.Name))} or all.",
            "--seconds" => TryNumber(value, 12, 3600, out number) ? "" : $"--seconds must be a whole number from 12 to 3600, not '{value}'.",
            "--rate" => TryNumber(value, 10, 2000, out number) ? "" : $"--rate must be a whole number from 10 to 2000, not '{value}'.",
            "--seed" => TryNumber(value, 0, int.MaxValue, out number) ? "" : $"--seed must be a whole number from 0 to {int.MaxValue}, not '{value}'.",
            "--json" when !IsWritable(value, out var why) => $"--json: can't write '{value}': {why}",
            _ => "",
        };
        options = name switch
        {
            _ when error.Length > 0 => options,
            "--scenario" => options with { Scenarios = value == "all" ? Scenario.All : [Scenario.All.Single(s => s.Name == value)] },
            "--seconds" => options with { Length = TimeSpan.FromSeconds(number) },
            "--rate" => options with { Rate = number },
            "--seed" => options with { Seed = number },
            _ => options with { JsonFile = value },
        };
        return error.Length == 0;
    }

    private static bool TryNumber(string text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max;

    // Said before the run, not after minutes of it.
    private static bool IsWritable(string file, out string why)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write);
            why = "";
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            why = e.Message;
            return false;
        }
    }
}
