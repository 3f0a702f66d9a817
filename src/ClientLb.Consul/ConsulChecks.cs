using ClientLb.Consul.Wire;
using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>What the checks of an instance and of its node come to: the worst of them counts.</summary>
internal static class ConsulChecks
{
    public static RegistryStatus Worst(List<WireCheck?>? checks)
    {
        var worst = RegistryStatus.Passing;
        foreach (var check in checks ?? [])
        {
            if (check is null)
            {
                continue;
            }

            var status = IsMaintenance(check.CheckId) ? RegistryStatus.Maintenance : check.Status switch
            {
                "passing" => RegistryStatus.Passing,
                "warning" => RegistryStatus.Warning,
                "maintenance" => RegistryStatus.Maintenance,
                _ => RegistryStatus.Critical,
            };
            worst = status > worst ? status : worst;
        }

        return worst;
    }

    private static bool IsMaintenance(string? checkId) =>
        checkId is not null && (checkId == "_node_maintenance" || checkId.StartsWith("_service_maintenance:", StringComparison.Ordinal));
}
