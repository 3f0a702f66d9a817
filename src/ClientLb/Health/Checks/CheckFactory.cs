using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>Makes the check that options ask for.</summary>
/// <param name="options">The options.</param>
/// <param name="cluster">The name of the cluster.</param>
/// <param name="services">What checks share.</param>
/// <param name="news">Is told what comes between checks; true where the server itself has said it.</param>
/// <returns><see langword="null"/> where checks are off.</returns>
internal delegate IEndpointCheck? CheckFactory(HealthCheckOptions options, string cluster, CheckServices services, Action<Endpoint, CheckFinding, bool> news);
