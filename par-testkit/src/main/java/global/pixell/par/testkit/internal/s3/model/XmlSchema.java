package global.pixell.par.testkit.internal.s3.model;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * The elements that a document of a client may have. The fake checks every document as a whole, so
 * that it never ignores an element: an element that S3 does not know is MalformedXML, and an
 * element that only the fake does not know is NotImplemented. Immutable.
 */
public final class XmlSchema {

  private record Child(XmlSchema schema, boolean many) {}

  private static final XmlSchema TEXT = new XmlSchema(Map.of(), Set.of());

  private final Map<String, Child> children;
  private final Set<String> unsupported;

  private XmlSchema(Map<String, Child> children, Set<String> unsupported) {
    this.children = children;
    this.unsupported = unsupported;
  }

  /** An element with these children, each of which has text only and occurs at most once. */
  public static XmlSchema of(String... names) {
    return TEXT.and(names);
  }

  /** The same with further children that have text only and occur at most once. */
  public XmlSchema and(String... names) {
    XmlSchema all = this;
    for (String name : names) {
      all = all.with(name, TEXT, false);
    }
    return all;
  }

  /** The same with a child that occurs at most once. */
  public XmlSchema one(String name, XmlSchema schema) {
    return with(name, schema, false);
  }

  /** The same with a child that may occur several times. */
  public XmlSchema many(String name, XmlSchema schema) {
    return with(name, schema, true);
  }

  /** The same with a child that has text only and may occur several times. */
  public XmlSchema many(String name) {
    return with(name, TEXT, true);
  }

  private XmlSchema with(String name, XmlSchema schema, boolean many) {
    var all = new LinkedHashMap<>(children);
    all.put(name, new Child(schema, many));
    return new XmlSchema(all, unsupported);
  }

  /** The same with children that S3 has and the fake does not implement. */
  public XmlSchema unsupported(String... names) {
    var all = new LinkedHashSet<>(unsupported);
    all.addAll(Set.of(names));
    return new XmlSchema(children, all);
  }

  /**
   * Checks an element and everything below it.
   *
   * @throws S3ErrorException MalformedXML or NotImplemented, naming the element
   */
  void check(Element parent) throws S3ErrorException {
    var seen = new LinkedHashSet<String>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element) {
        String name = XmlDocument.name(element);
        Child child = children.get(name);
        if (unsupported.contains(name)) {
          throw S3ErrorException.notImplemented(
              "the element " + name + " in " + XmlDocument.name(parent));
        }
        if (child == null || (!seen.add(name) && !child.many())) {
          throw S3ErrorException.malformedXml().detail("Element", name);
        }
        child.schema().check(element);
      } else if (!children.isEmpty() && !node.getTextContent().isBlank() && isText(node)) {
        throw S3ErrorException.malformedXml().detail("Element", XmlDocument.name(parent));
      }
    }
  }

  private static boolean isText(Node node) {
    return node.getNodeType() == Node.TEXT_NODE || node.getNodeType() == Node.CDATA_SECTION_NODE;
  }
}
